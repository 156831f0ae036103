import { bug } from '../../../domain/errors.js';
import type { BeamFiles, Engine, EngineRequest, EngineResult, ProgressReader } from '../../../ports/engine.js';
import type { JobExit, JobRequest } from '../../../ports/scheduler.js';
import { unchanged } from '../placed-geometry.js';
import { NAMES } from './attempt-files.js';
import { UNWRITABLE } from './judge-words.js';
import type { MoquiOptions } from './moqui-options.js';
import { moquiProgress } from './moqui-progress.js';
import type { MoquiDone, MoquiTask } from './moqui-task.js';

/**
 * POSIX shell; program and input are positional parameters and never parsed. The program is hashed where it runs: here there
 * may be another one, or none. Its output is flushed line by line: into a file it is held back in blocks, and progress would
 * come late or not at all.
 */
const RUN = `{ sha256sum < "$(command -v "$1")" > ${NAMES.program}; } 2> /dev/null; exec stdbuf -oL "$@"`;

/**
 * Before it, with what a shell has built in: where the program may not open a CSV to read and write (dialect log) it would
 * spin for ever without a word, and where it may not write its result it would calculate for hours and end with exit 0. Only
 * the job itself can tell: under its account, on its node, through that node's mount. Opening changes nothing.
 */
const TRY = [
  `unwritable() { echo "${UNWRITABLE} $1"; exit 73; }`,
  `[ -d ${NAMES.output} ] && [ -w ${NAMES.output} ] || unwritable ${NAMES.output}`,
].join('\n');
const TRY_CSVS = `for csv in ${NAMES.logs}/${NAMES.field}/*.csv; do
  [ -f "$csv" ] && { true <> "$csv"; } 2> /dev/null || unwritable "$csv"
done`;
const START: Readonly<Record<MoquiOptions['dialect'], string>> = {
  upstream: [TRY, RUN].join('\n'),
  log: [TRY, TRY_CSVS, RUN].join('\n'),
};

/**
 * moqui, both dialects (docs/engines.md, docs/adr/0080). One beam a process, in the folder of the attempt:
 *
 *   moqui.in          the parameters; all paths relative, so nothing in it depends on the machine or names a case
 *   dicom/            the plan of this beam alone, and the CT (one copy for the case, linked)
 *   machine.txt       dialect upstream: a copy of engine.moqui.machineFile
 *   logs/Field001/    dialect log: a CSV for each layer
 *   out/              empty; the result is the one file the program leaves there
 *   moqui.json        what was given, with hashes: what the result is judged by
 *   program.sha256    written by the job: which program it was, where it ran
 */
export class MoquiEngine implements Engine {
  readonly kind = 'moqui';

  /** @param run does the work with files: in a thread, where it would hold up the service */
  constructor(
    private readonly run: (task: MoquiTask) => Promise<MoquiDone>,
    private readonly options: MoquiOptions,
  ) {}

  /** The CT as moqui reads it: written once for all beams of the case, which takes seconds. */
  async ahead(beam: BeamFiles, signal: AbortSignal): Promise<readonly string[]> {
    const stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const onAbort = (): void => void Atomics.store(stop, 0, 1);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const files = await this.run({ do: 'ahead', options: this.options, beam, stop });
      return isFiles(files) ? files : [];
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** @throws input `engine.unsupported`; operator `engine.machine-file`, `engine.settings`; as the disk fails */
  async prepare({ there: _there, installedThere = unchanged, ...request }: EngineRequest): Promise<JobRequest> {
    const { folder, gpuUuids } = request;
    const program = installedThere(this.options.program);
    await this.run({ do: 'prepare', options: this.options, request });
    return {
      folder,
      argv: ['sh', '-c', START[this.options.dialect], 'moqui', program, NAMES.input],
      env: {},
      gpuUuids,
    };
  }

  readProgress(): ProgressReader {
    return moquiProgress();
  }

  async judge({ there, ...request }: EngineRequest, exit: JobExit): Promise<EngineResult> {
    const result = await this.run({ do: 'judge', request, exit });
    if (result === null || isFiles(result))
      throw bug('engine.no-result', 'a judgement gave neither a result nor a reason');
    return result;
  }
}

const isFiles = (done: MoquiDone): done is readonly string[] => Array.isArray(done);
