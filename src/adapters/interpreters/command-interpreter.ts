import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BeamInput } from '../../domain/beam-input.js';
import type { Case } from '../../domain/case.js';
import { CaseError, operator, transient } from '../../domain/errors.js';
import type { Folders } from '../../domain/folders.js';
import type { IonPlan } from '../../domain/plan.js';
import { diskError } from '../../files/disk-error.js';
import type { Interpreter } from '../../ports/interpreter.js';
import type { JobExit, Scheduler } from '../../ports/scheduler.js';
import { readBeamInputs } from './read-beam-inputs.js';
import { refuseUnmodelled } from './refuse-unmodelled.js';
import { makeFolders } from '../../files/make-folders.js';

type Run = Pick<Case, 'id' | 'run' | 'inbox' | 'folder'>;

/** What each placeholder of interpretation.command.argv stands for. */
const PLACEHOLDERS: Readonly<Record<string, (folders: Folders, kase: Run) => string>> = {
  case: (folders, kase) => folders.dropped(kase),
  plan: (folders, kase) => folders.planCopy(kase),
  workDir: (folders, kase) => folders.interpretation(kase),
  output: outputFolder,
  caseId: (_, kase) => kase.id,
  run: (_, kase) => String(kase.run),
};
const PLACEHOLDER = /\{([A-Za-z]+)\}/g;

/** What the program gets to end by itself: less than a step that is let go of (LET_GO_MS). */
const GRACE_MS = 3_000;
const MINUTE_MS = 60_000;
const BYTES_PER_MIB = 2 ** 20;

export interface CommandInterpreterOptions {
  /** interpretation.command.argv: the program and its arguments; a placeholder may be part of an argument. */
  readonly argv: readonly string[] | null;
  readonly timeoutMinutes: number;
  /** engine.maxLogMiB: larger output ends it. */
  readonly maxLogMiB: number;
}

/**
 * A site's own program, run once for a case, that writes the engine's input (docs/intake.md, "An interpreter of your
 * own"). It runs as engines do: no shell, a small clean environment, a session of its own, which is ended as a whole.
 */
export class CommandInterpreter implements Interpreter {
  readonly kind = 'command';
  readonly #argv: readonly string[];

  /** @throws operator `interpretation.command` for no program or an unknown placeholder */
  constructor(
    private readonly scheduler: Scheduler,
    private readonly folders: Folders,
    private readonly options: CommandInterpreterOptions,
  ) {
    this.#argv = options.argv ?? [];
    if ((this.#argv[0] ?? '') === '') throw wrong('names no program');
    const used = this.#argv.flatMap((argument) => [...argument.matchAll(PLACEHOLDER)].map(([, name = '']) => name));
    const unknown = used.find((name) => !Object.hasOwn(PLACEHOLDERS, name));
    if (unknown !== undefined) throw wrong(`holds the unknown placeholder {${unknown}}`);
  }

  /**
   * Throws transient `interpretation.failed`, permanent `interpretation.bad-output`, operator `interpretation.not-found`,
   * input `engine.unsupported`; the signal's reason, when it aborts.
   */
  async interpret(kase: Run, plan: IonPlan, _: unknown, signal: AbortSignal): Promise<readonly BeamInput[]> {
    plan.beams.forEach(refuseUnmodelled);
    const folder = this.folders.interpretation(kase);
    await this.#freshFolder(folder, outputFolder(this.folders, kase));
    signal.throwIfAborted();
    const failure = failureOf(await this.#run(folder, kase, signal));
    if (failure !== null) throw failure;
    return readBeamInputs(outputFolder(this.folders, kase), kase, plan, signal);
  }

  /** A service that died may have left the program running: two must never write to one folder. */
  async #freshFolder(folder: string, output: string): Promise<void> {
    const left = await this.scheduler.find(folder);
    if (left !== null) await this.scheduler.kill(left, 0);
    try {
      await rm(folder, { recursive: true, force: true });
      await makeFolders(output);
    } catch (thrown) {
      throw diskError(thrown);
    }
  }

  async #run(folder: string, kase: Run, signal: AbortSignal): Promise<JobExit> {
    // One pass: what is put in is not looked at again, whatever braces a path holds.
    const argv = this.#argv.map((argument) =>
      argument.replace(PLACEHOLDER, (whole, name: string) => PLACEHOLDERS[name]?.(this.folders, kase) ?? whole),
    );
    const { timeoutMinutes, maxLogMiB } = this.options;
    const limits = { timeoutMs: timeoutMinutes * MINUTE_MS, stallMs: Infinity, maxLogBytes: maxLogMiB * BYTES_PER_MIB };
    try {
      const job = await this.scheduler.submit({ folder, argv, env: {}, gpuUuids: [] });
      try {
        return await this.scheduler.wait(job, limits, { onLine: () => undefined }, signal);
      } catch (thrown) {
        await this.scheduler.kill(job, GRACE_MS);
        throw thrown;
      }
    } catch (thrown) {
      throw this.#inOurWords(thrown);
    }
  }

  /** Schedulers speak of engines. */
  #inOurWords(thrown: unknown): unknown {
    if (!(thrown instanceof CaseError)) return thrown;
    switch (thrown.code) {
      case 'engine.timeout':
        return failed(`ran longer than ${String(this.options.timeoutMinutes)} min and was stopped`, thrown);
      case 'engine.log-flood': // its last line stays in its log: see failureOf
        return failed(`wrote more than ${String(this.options.maxLogMiB)} MiB of output and was stopped`);
      case 'engine.lost':
        return failed('was lost before it ran', thrown);
      case 'engine.not-found':
        return notFound('was not found', thrown);
      default:
        return thrown;
    }
  }
}

function outputFolder(folders: Folders, kase: Run): string {
  return join(folders.interpretation(kase), 'output');
}

/** Its own words stay in the log file: they may name the patient. */
function failureOf(exit: JobExit): CaseError | null {
  if (exit.how === 'vanished') return failed(`was lost: ${exit.reason}`);
  if (exit.code === 0) return null;
  // POSIX: what a shell gives for a program it did not find (127) or could not run (126).
  if (exit.code === 127) return notFound('was not found, or one it calls (exit code 127)');
  if (exit.code === 126) return notFound('cannot be run (exit code 126)');
  return failed(`ended with exit code ${String(exit.code)}`);
}

const PROGRAM = "the site's own interpreter (interpretation.command)";

const failed = (what: string, cause?: CaseError): CaseError =>
  transient('interpretation.failed', `${PROGRAM} ${what}`, {
    cause,
    remedy: 'its own words: mqi logs ID --interpreter',
  });

const notFound = (what: string, cause?: CaseError): CaseError =>
  operator('interpretation.not-found', `${PROGRAM} ${what}`, {
    cause,
    remedy: 'install it, or correct interpretation.command.argv and start again; then: mqi resume ID',
  });

const wrong = (what: string): CaseError =>
  operator('interpretation.command', `interpretation.command.argv ${what}`, {
    remedy: `placeholders are ${Object.keys(PLACEHOLDERS)
      .map((name) => `{${name}}`)
      .join(', ')}; correct the configuration and start again`,
  });
