import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BeamInput } from '../../../domain/beam-input.js';
import type { Geometry } from '../../../domain/geometry.js';
import { formatMoquiInput } from '../../../domain/moqui-parameters.js';
import type { EngineDicom } from '../../../ports/engine-dicom.js';
import type { Engine, EngineRequest, EngineResult, ProgressReader } from '../../../ports/engine.js';
import type { JobExit, JobRequest } from '../../../ports/scheduler.js';
import { diskFailure } from '../engine-files.js';
import { unchanged } from '../placed-geometry.js';
import {
  fileSha256,
  freshFolder,
  linkOrCopy,
  NAMES,
  programSha256,
  sha256Of,
  sharedFolder,
  writeInto,
} from './attempt-files.js';
import { beamAsGiven } from './beam-as-given.js';
import { withEngineCt, type EngineCt } from './engine-ct.js';
import { judgeMoqui } from './judge-moqui.js';
import type { MoquiOptions } from './moqui-options.js';
import { moquiProgress } from './moqui-progress.js';
import type { MoquiRecord } from './moqui-record.js';
import { moquiRemarks } from './moqui-remarks.js';
import { prepareLog, prepareUpstream, type DialectInput } from './prepare-dialect.js';
import { readRequest } from './read-request.js';

/**
 * moqui, both dialects (docs/engines.md, docs/adr/0080). One beam a process, in the folder of the attempt:
 *
 *   moqui.in          the parameters; all paths relative, so nothing in it depends on the machine or names a case
 *   dicom/            the plan of this beam alone, and the CT (one copy for the case, linked)
 *   machine.txt       dialect upstream: a copy of engine.moqui.machineFile
 *   logs/Field001/    dialect log: a CSV for each layer
 *   out/              empty; the result is the one file the program leaves there
 *   moqui.json        what was given, with hashes: what the result is judged by
 */
export class MoquiEngine implements Engine {
  readonly kind = 'moqui';

  constructor(
    private readonly dicom: EngineDicom,
    private readonly options: MoquiOptions,
  ) {}

  /** @throws input `engine.unsupported`; operator `engine.machine-file`, `engine.settings`; as the disk fails */
  async prepare(request: EngineRequest): Promise<JobRequest> {
    const { folder, gpuUuids, there = unchanged } = request;
    const { beam, geometry } = await readRequest(request);
    await makeFolder(folder);
    await withEngineCt(geometry, async (ct) => {
      const seed = seedOf(beam);
      const prepare = this.options.dialect === 'log' ? prepareLog : prepareUpstream;
      const own = await prepare(this.options, { folder, beam, geometry, grid: ct.grid, seed });
      const dicom = await this.#writeDicom(request, beam, geometry, ct, own);
      const text = formatMoquiInput(own.lines);
      await writeInto(join(folder, NAMES.input), text);
      await freshFolder(folder, NAMES.output);
      const record = await this.#record(beam, geometry, ct, own, {
        ...dicom,
        ...own.files,
        [NAMES.input]: sha256Of(text),
      });
      await writeInto(join(folder, NAMES.record), `${JSON.stringify(record, null, 2)}\n`);
    });
    // Into a pipe or file the program's output is held back in blocks: progress would come late or not at all.
    return { folder, argv: ['stdbuf', '-oL', there(this.options.program), NAMES.input], env: {}, gpuUuids };
  }

  readProgress(): ProgressReader {
    return moquiProgress();
  }

  judge(request: EngineRequest, exit: JobExit): Promise<EngineResult> {
    return judgeMoqui(request, exit);
  }

  /** The plan, and links to the CT, which all beams of a case share. */
  async #writeDicom(
    { folder, geometryPath }: EngineRequest,
    beam: BeamInput,
    geometry: Geometry,
    ct: EngineCt,
    { shiftMm }: DialectInput,
  ): Promise<Readonly<Record<string, string>>> {
    const dicom = await freshFolder(folder, NAMES.dicom);
    const given = beamAsGiven(beam, geometry, shiftMm);
    const frame = geometry.frameOfReferenceUid === '' ? NO_FRAME : geometry.frameOfReferenceUid;
    await this.dicom.writePlan(join(dicom, NAMES.plan), given, frame);
    const planName = `${NAMES.dicom}/${NAMES.plan}`;
    const plan = { [planName]: await fileSha256(join(folder, planName)) };
    if (this.options.dialect === 'log' && geometry.ctPath === null) return plan;
    const key = sha256Of(JSON.stringify([geometry.ctPath, geometry.phantom, ct.grid, frame])).slice(0, 16);
    const shared = join(dirname(geometry.ctPath ?? dirname(geometryPath)), `engine-ct-${key}`);
    await sharedFolder(shared, async (part) => {
      await this.dicom.writeCt(part, { ...ct, frameOfReferenceUid: frame });
    });
    for (let index = 1; index <= ct.grid.size[2]; index++) {
      const name = `CT.${String(index).padStart(4, '0')}.dcm`;
      await linkOrCopy(join(shared, name), join(dicom, name));
    }
    return geometry.ctPath === null ? plan : { ...plan, 'ct.mha': await fileSha256(geometry.ctPath) };
  }

  async #record(
    beam: BeamInput,
    geometry: Geometry,
    ct: EngineCt,
    own: DialectInput,
    files: Readonly<Record<string, string>>,
  ): Promise<MoquiRecord> {
    const program = await programSha256(this.options.program);
    const inputSha256 = sha256Of(JSON.stringify([files, geometry.phantom, ct.grid]));
    const { dialect, rbe } = this.options;
    return {
      format: 'mqi-moqui/1',
      dialect,
      grid: ct.grid,
      toGy: own.toGy / rbe,
      beamEnergyJ: own.beamEnergyJ,
      histories: own.histories,
      programSha256: program,
      inputSha256,
      files: { ...files },
      remarks: moquiRemarks({ options: this.options, beam, geometry, ct, own, program, inputSha256 }),
    };
  }
}

/** Of a phantom whose plan names none. */
const NO_FRAME = '2.25.1';

/** The same beam gives the same random numbers, in every attempt and on every machine; never 0 or negative. */
const seedOf = (beam: BeamInput): number =>
  (createHash('sha256').update(JSON.stringify(beam)).digest().readUInt32LE(0) % 2_000_000_000) + 1;

const makeFolder = (folder: string): Promise<unknown> =>
  mkdir(folder, { recursive: true }).catch((thrown: unknown) => {
    throw diskFailure(thrown, 'making the folder of the attempt');
  });
