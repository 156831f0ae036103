import { isAbsolute, join } from 'node:path';
import { operator } from '../../domain/errors.js';
import type { BeamFiles, Engine, EngineRequest, EngineResult, ProgressReader } from '../../ports/engine.js';
import type { JobExit, JobRequest } from '../../ports/scheduler.js';
import { ctImageFor } from './ct-image-for.js';
import { RESULT_NAME } from './engine-files.js';
import { judgePatterns } from './judge-patterns.js';
import { judgeRun } from './judge-run.js';
import { patternProgress } from './pattern-progress.js';
import { filesAhead, placedGeometry, unchanged } from './placed-geometry.js';
import { progressOf } from './progress-line.js';

/** What each placeholder of engine.command.argv stands for; paths as the job sees them. */
const PLACEHOLDERS: Readonly<Record<string, (filled: Filled) => string>> = {
  input: ({ request, there }) => there(request.beamInputPath),
  geometry: ({ geometryPath, there }) => there(geometryPath),
  output: ({ request, result, there }) => there(join(request.folder, result)),
  workDir: ({ request, there }) => there(request.folder),
  beamNumber: ({ request }) => String(request.beamNumber),
  gpus: ({ request }) => request.gpuUuids.join(','),
  ct: ({ ctPath, there }) => (ctPath === '' ? '' : there(ctPath)),
};

const PLACEHOLDER = /\{([A-Za-z]+)\}/g;

interface Filled {
  readonly request: EngineRequest;
  readonly geometryPath: string;
  readonly result: string;
  /** Empty where no CT is asked for. */
  readonly ctPath: string;
  readonly there: (path: string) => string;
}

/** engine.command of the configuration; the patterns are regular expressions. */
export interface CommandEngineOptions {
  /** The program and its arguments; a placeholder may be part of an argument. */
  readonly argv: readonly string[];
  /** Name of the MetaImage in the attempt's folder. */
  readonly result?: string;
  /** With the named groups done and total; null: lines such as `progress 37`. */
  readonly progress?: string | null;
  readonly success?: string | null;
  readonly failures?: readonly string[];
}

/** Any program that reads beam.json and geometry.json and writes a MetaImage (docs/engines.md). */
export class CommandEngine implements Engine {
  readonly kind = 'command';
  readonly #options: Required<CommandEngineOptions>;
  readonly #usesCt: boolean;

  /** @throws operator `engine.command` for no program or an unknown placeholder */
  constructor(options: CommandEngineOptions) {
    this.#options = { result: RESULT_NAME, progress: null, success: null, failures: [], ...options };
    const [program] = options.argv;
    if (program === undefined || program === '') throw wrong('names no program');
    const used = options.argv.flatMap((argument) => [...argument.matchAll(PLACEHOLDER)].map(([, name = '']) => name));
    const unknown = used.find((name) => !Object.hasOwn(PLACEHOLDERS, name));
    if (unknown !== undefined) throw wrong(`holds the unknown placeholder {${unknown}}`);
    this.#usesCt = used.includes('ct');
  }

  ahead(beam: BeamFiles): Promise<readonly string[]> {
    return filesAhead(beam);
  }

  async prepare(request: EngineRequest): Promise<JobRequest> {
    const ctPath = this.#usesCt ? await ctImageFor(request) : '';
    const geometry = await placedGeometry(request);
    const { there = unchanged, installedThere = unchanged } = request;
    const filled = { request, geometryPath: geometry.path, result: this.#options.result, ctPath, there };
    // One pass: what is put in is not looked at again, whatever braces a path holds.
    const argv = this.#options.argv.map((argument) =>
      isAbsolute(argument) && !argument.includes('{')
        ? installedThere(argument) // a program or its script
        : argument.replace(PLACEHOLDER, (whole, name: string) => PLACEHOLDERS[name]?.(filled) ?? whole),
    );
    const reads = ctPath === '' ? geometry.reads : [...geometry.reads, ctPath];
    const inputs = [request.beamInputPath, geometry.path, ...reads];
    return { folder: request.folder, argv, env: {}, gpuUuids: request.gpuUuids, inputs };
  }

  readProgress(): ProgressReader {
    return this.#options.progress === null ? progressOf : patternProgress(this.#options.progress);
  }

  /** Exit code and result as for any engine; between the two, what the configured patterns say of its output. */
  judge(request: EngineRequest, exit: JobExit): Promise<EngineResult> {
    const { success, failures, result } = this.#options;
    return judgeRun(request, exit, result, (ended) => judgePatterns(request.folder, ended, { success, failures }));
  }
}

const wrong = (what: string): Error =>
  operator('engine.command', `engine.command.argv ${what}`, {
    remedy: `placeholders are ${Object.keys(PLACEHOLDERS)
      .map((name) => `{${name}}`)
      .join(', ')}; correct the configuration and start again`,
  });
