import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import type { BeamInput } from '../../../domain/beam-input.js';
import type { Geometry } from '../../../domain/geometry.js';
import { formatMoquiInput } from '../../../domain/moqui-parameters.js';
import type { EngineDicom } from '../../../ports/engine-dicom.js';
import type { EngineRequest } from '../../../ports/engine.js';
import { diskFailure } from '../engine-files.js';
import { fileSha256, freshFolder, knownSha256, linkOrCopy, NAMES, sha256Of, writeInto } from './attempt-files.js';
import { beamAsGiven } from './beam-as-given.js';
import { withSnout } from './beam-start.js';
import { withEngineCt, type EngineCt } from './engine-ct.js';
import type { MoquiOptions } from './moqui-options.js';
import type { MoquiRecord } from './moqui-record.js';
import { moquiRemarks } from './moqui-remarks.js';
import { prepareLog, prepareUpstream, type DialectInput } from './prepare-dialect.js';
import { readRequest } from './read-request.js';
import { frameOf, readsCt, sharedSlices } from './shared-ct.js';
import { makeFolders } from '../../../files/make-folders.js';

interface Preparation {
  readonly dicom: EngineDicom;
  readonly options: MoquiOptions;
  readonly request: EngineRequest;
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
    const preparation = { dicom, options, request, geometry, ct, own };
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
  const { dicom, options, request, own, geometry, ct } = preparation;
  const { folder } = request;
  const there = await freshFolder(folder, NAMES.dicom);
  await dicom.writePlan(join(there, NAMES.plan), beamAsGiven(own.beam, geometry), frameOf(geometry));
  const planName = `${NAMES.dicom}/${NAMES.plan}`;
  const plan = { [planName]: await fileSha256(join(folder, planName)) };
  if (!readsCt(options, geometry)) return plan;
  for (const slice of await sharedSlices(dicom, request, geometry, ct))
    await linkOrCopy(slice, join(there, basename(slice)));
  return geometry.ctPath === null ? plan : { ...plan, 'ct.mha': await knownSha256(geometry.ctPath) };
}

function recordOf({ options, geometry, ct, own }: Preparation, files: Readonly<Record<string, string>>): MoquiRecord {
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
    remarks: moquiRemarks({ options, beam: own.beam, geometry, ct, own }),
  };
}

/** The same beam gives the same random numbers, in every attempt and on every machine; never 0 or negative. */
const seedOf = (beam: BeamInput): number =>
  (createHash('sha256').update(JSON.stringify(beam)).digest().readUInt32LE(0) % 2_000_000_000) + 1;

const makeFolder = (folder: string): Promise<unknown> =>
  makeFolders(folder).catch((thrown: unknown) => {
    throw diskFailure(thrown, 'making the folder of the attempt');
  });
