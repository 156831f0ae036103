import { dirname, join } from 'node:path';
import type { Geometry } from '../../../domain/geometry.js';
import type { EngineDicom } from '../../../ports/engine-dicom.js';
import type { BeamFiles } from '../../../ports/engine.js';
import { knownSha256, sha256Of, sharedFolder } from './attempt-files.js';
import { withEngineCt, type EngineCt } from './engine-ct.js';
import type { MoquiOptions } from './moqui-options.js';
import { readGeometry } from './read-request.js';

const HU_BYTES = 2;
/** Of a phantom whose plan names none. */
const NO_FRAME = '2.25.1';

export const frameOf = ({ frameOfReferenceUid }: Geometry): string =>
  frameOfReferenceUid === '' ? NO_FRAME : frameOfReferenceUid;

/** The dialect `log` makes a phantom up itself. */
export const readsCt = ({ dialect }: Pick<MoquiOptions, 'dialect'>, { ctPath }: Geometry): boolean =>
  dialect !== 'log' || ctPath !== null;

/** Memory of both threads: its element is not 0 once what is made ahead is not wanted any more. A signal goes to no thread. */
export type StopFlag = Int32Array;

/**
 * The CT that all beams of the case are calculated on, as moqui reads it: DICOM slices, each one file, written if they are
 * not there; with the hash of what they are made of, which the record of each attempt holds. Empty where none is read.
 * @throws as the disk fails; permanent `engine.geometry`, `work.damaged`; any error once it is to stop, leaving nothing
 */
export async function sharedCt(
  dicom: EngineDicom,
  options: Pick<MoquiOptions, 'dialect'>,
  { beam, stop }: { readonly beam: BeamFiles; readonly stop: StopFlag },
): Promise<readonly string[]> {
  const geometry = await readGeometry(beam);
  if (!readsCt(options, geometry)) return [];
  if (geometry.ctPath !== null) await knownSha256(geometry.ctPath);
  return withEngineCt(geometry, (ct) => {
    const slice: EngineCt['slice'] = (index) => {
      if (Atomics.load(stop, 0) !== 0) throw new Error('the CT is not wanted any more');
      return ct.slice(index);
    };
    return sharedSlices(dicom, beam, geometry, { ...ct, slice });
  });
}

/** Slices that have gone missing from the shared folder, or were cut short, are written anew with all others. */
export async function sharedSlices(
  dicom: EngineDicom,
  { geometryPath }: Pick<BeamFiles, 'geometryPath'>,
  geometry: Geometry,
  ct: EngineCt,
): Promise<readonly string[]> {
  const frame = frameOf(geometry);
  const key = sha256Of(JSON.stringify([geometry.ctPath, geometry.phantom, ct.grid, frame])).slice(0, 16);
  const folder = join(dirname(geometry.ctPath ?? dirname(geometryPath)), `engine-ct-${key}`);
  const [columns, rows, slices] = ct.grid.size;
  const names = Array.from({ length: slices }, (_, index) => `CT.${String(index + 1).padStart(4, '0')}.dcm`);
  await sharedFolder(folder, { names, leastBytes: columns * rows * HU_BYTES }, async (part) => {
    await dicom.writeCt(part, { ...ct, frameOfReferenceUid: frame });
  });
  return names.map((name) => join(folder, name));
}
