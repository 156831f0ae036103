import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { BeamInput } from '../../../domain/beam-input.js';
import type { Geometry } from '../../../domain/geometry.js';
import { formatMoquiInput } from '../../../domain/moqui-parameters.js';
import type { EngineDicom } from '../../../ports/engine-dicom.js';
import type { EngineRequest } from '../../../ports/engine.js';
import { diskFailure } from '../engine-files.js';
import {
  fileSha256,
  freshFolder,
  knownSha256,
  linkOrCopy,
  NAMES,
  sha256Of,
  sharedFolder,
  writeInto,
} from './attempt-files.js';
import { beamAsGiven } from './beam-as-given.js';
import { withSnout } from './beam-start.js';
import { withEngineCt, type EngineCt } from './engine-ct.js';
import type { MoquiOptions } from './moqui-options.js';
import type { MoquiRecord } from './moqui-record.js';
import { moquiRemarks } from './moqui-remarks.js';
import { prepareLog, prepareUpstream, type DialectInput } from './prepare-dialect.js';
import { readRequest } from './read-request.js';
import { makeFolders } from '../../../files/make-folders.js';

interface Preparation {
  readonly dicom: EngineDicom;
  readonly options: MoquiOptions;
  readonly request: EngineRequest;
  readonly beam: BeamInput;
  readonly geometry: Geometry;
  readonly ct: EngineCt;
  readonly own: DialectInput;
}

/**
 * Writes all files of an attempt (moqui-engine.ts says which). Spots by the hundred thousand are parsed, scaled and written
 * at a stretch, which takes seconds: to be called where nothing else waits.
 * @throws input `engine.unsupported`; operator `engine.machine-file`, `engine.settings`; as the disk fails
 */
export async function prepareAttempt(dicom: EngineDicom, options: MoquiOptions, request: EngineRequest): Promise<void> {
  const { folder } = request;
  const { beam: asRead, geometry } = await readRequest(request);
  const beam = withSnout(asRead, options.snoutPositionMm);
  await makeFolder(folder);
  await withEngineCt(geometry, async (ct) => {
    const prepare = options.dialect === 'log' ? prepareLog : prepareUpstream;
    const own = await prepare(options, { folder, beam, geometry, ct, seed: seedOf(beam) });
    const preparation = { dicom, options, request, beam, geometry, ct, own };
    const written = await writeDicom(preparation);
    const text = formatMoquiInput(own.lines);
    await writeInto(join(folder, NAMES.input), text);
    await freshFolder(folder, NAMES.output);
    const record = recordOf(preparation, { ...written, ...own.files, [NAMES.input]: sha256Of(text) });
    await writeInto(join(folder, NAMES.record), `${JSON.stringify(record, null, 2)}\n`);
  });
}

/** The plan, and links to the CT, which all beams of a case share. */
async function writeDicom(preparation: Preparation): Promise<Readonly<Record<string, string>>> {
  const { dicom, options, request, beam, geometry } = preparation;
  const { folder } = request;
  const there = await freshFolder(folder, NAMES.dicom);
  const frame = geometry.frameOfReferenceUid === '' ? NO_FRAME : geometry.frameOfReferenceUid;
  await dicom.writePlan(join(there, NAMES.plan), beamAsGiven(beam, geometry), frame);
  const planName = `${NAMES.dicom}/${NAMES.plan}`;
  const plan = { [planName]: await fileSha256(join(folder, planName)) };
  if (options.dialect === 'log' && geometry.ctPath === null) return plan;
  await linkCt(preparation, there, frame);
  return geometry.ctPath === null ? plan : { ...plan, 'ct.mha': await knownSha256(geometry.ctPath) };
}

/** Slices that have gone missing from the shared folder, or were cut short, are written anew with all others. */
async function linkCt({ dicom, request, geometry, ct }: Preparation, there: string, frame: string): Promise<void> {
  const key = sha256Of(JSON.stringify([geometry.ctPath, geometry.phantom, ct.grid, frame])).slice(0, 16);
  const shared = join(dirname(geometry.ctPath ?? dirname(request.geometryPath)), `engine-ct-${key}`);
  const [columns, rows, slices] = ct.grid.size;
  const names = Array.from({ length: slices }, (_, index) => `CT.${String(index + 1).padStart(4, '0')}.dcm`);
  await sharedFolder(shared, { names, leastBytes: columns * rows * HU_BYTES }, async (part) => {
    await dicom.writeCt(part, { ...ct, frameOfReferenceUid: frame });
  });
  for (const name of names) await linkOrCopy(join(shared, name), join(there, name));
}

function recordOf(
  { options, beam, geometry, ct, own }: Preparation,
  files: Readonly<Record<string, string>>,
): MoquiRecord {
  const inputSha256 = sha256Of(JSON.stringify([files, geometry.phantom, own.grid]));
  const { dialect, rbe } = options;
  return {
    format: 'mqi-moqui/1',
    dialect,
    grid: own.grid,
    gantryOriginMm: own.gantryOriginMm,
    toGy: own.toGy / rbe,
    beamEnergyJ: own.beamEnergyJ,
    historyEnergyJ: own.historyEnergyJ,
    histories: own.histories,
    spots: own.spots,
    inputSha256,
    files: { ...files },
    remarks: moquiRemarks({ options, beam, geometry, ct, own }),
  };
}

const HU_BYTES = 2;
/** Of a phantom whose plan names none. */
const NO_FRAME = '2.25.1';

/** The same beam gives the same random numbers, in every attempt and on every machine; never 0 or negative. */
const seedOf = (beam: BeamInput): number =>
  (createHash('sha256').update(JSON.stringify(beam)).digest().readUInt32LE(0) % 2_000_000_000) + 1;

const makeFolder = (folder: string): Promise<unknown> =>
  makeFolders(folder).catch((thrown: unknown) => {
    throw diskFailure(thrown, 'making the folder of the attempt');
  });
