import { join } from 'node:path';
import { operator } from '../../domain/errors.js';
import type { Engine, EngineRequest, EngineResult } from '../../ports/engine.js';
import type { JobExit, JobRequest } from '../../ports/scheduler.js';
import { RESULT_NAME } from './engine-files.js';
import { judgeRun } from './judge-run.js';
import { progressOf } from './progress-line.js';

/** What each placeholder of engine.command.argv stands for. */
const PLACEHOLDERS: Readonly<Record<string, (request: EngineRequest) => string>> = {
  input: (request) => request.beamInputPath,
  geometry: (request) => request.geometryPath,
  output: (request) => join(request.folder, RESULT_NAME),
  workDir: (request) => request.folder,
  beamNumber: (request) => String(request.beamNumber),
  gpus: (request) => request.gpuUuids.join(','),
};

const PLACEHOLDER = /\{([A-Za-z]+)\}/g;

export interface CommandEngineOptions {
  /** engine.command.argv: the program and its arguments; a placeholder may be part of an argument. */
  readonly argv: readonly string[];
}

/** Any program that reads beam.json and geometry.json and writes a MetaImage (docs/engines.md). */
export class CommandEngine implements Engine {
  readonly kind = 'command';

  /** @throws operator `engine.command` for no program or an unknown placeholder */
  constructor(private readonly options: CommandEngineOptions) {
    const [program] = options.argv;
    if (program === undefined || program === '') throw wrong('names no program');
    const used = options.argv.flatMap((argument) => [...argument.matchAll(PLACEHOLDER)].map(([, name = '']) => name));
    const unknown = used.find((name) => !Object.hasOwn(PLACEHOLDERS, name));
    if (unknown !== undefined) throw wrong(`holds the unknown placeholder {${unknown}}`);
  }

  prepare(request: EngineRequest): Promise<JobRequest> {
    // One pass: what is put in is not looked at again, whatever braces a path holds.
    const argv = this.options.argv.map((argument) =>
      argument.replace(PLACEHOLDER, (whole, name: string) => PLACEHOLDERS[name]?.(request) ?? whole),
    );
    return Promise.resolve({ folder: request.folder, argv, env: {}, gpuUuids: request.gpuUuids });
  }

  progress(line: string): number | null {
    return progressOf(line);
  }

  judge(request: EngineRequest, exit: JobExit): Promise<EngineResult> {
    return judgeRun(request, exit);
  }
}

const wrong = (what: string): Error =>
  operator('engine.command', `engine.command.argv ${what}`, {
    remedy: `placeholders are ${Object.keys(PLACEHOLDERS)
      .map((name) => `{${name}}`)
      .join(', ')}; correct the configuration and start again`,
  });
