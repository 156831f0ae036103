import { createReadStream } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HOST_AWAY } from '../../domain/away.js';
import type { JobHandle } from '../../domain/beam.js';
import { CaseError, toCaseError } from '../../domain/errors.js';
import type { HostPaths } from '../../domain/host-paths.js';
import { diskError } from '../../files/disk-error.js';
import { systemCode } from '../../files/system-code.js';
import { writeWholeFile } from '../../files/whole-file.js';
import type { Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import type { RemoteFiles } from '../../ports/remote-files.js';
import type { JobExit, JobLimits, JobObserver, JobRequest, Scheduler } from '../../ports/scheduler.js';
import { LineSplitter } from './line-splitter.js';
import { Staging } from './staging.js';
import { JOB_FILES, parseExitCode } from './wrapper-script.js';

/*
 * Jobs of a machine that does not see our disk: another scheduler runs them there, this one brings their inputs and brings
 * back what they leave.
 *
 *   submit   inputs first, checked by hash, then the job. Inputs that were brought and whose job was never started are
 *            harmless. Safe to repeat: it all depends on the far folder's job.json.
 *   wait     until the job's end is known, whatever happens to the connection: a host that cannot be reached says nothing
 *            of the job. Then the results come, and `fetched` is written here with how it ended. From then on the far
 *            folder is not needed: it is removed, and asked no more.
 *            Two may wait for one job, as when a step takes over from who followed the job before it and is let go of while
 *            it brings the results. Only one at a time brings them (`#bringing`), and who comes after looks for `fetched`
 *            first: what it saw afar may have been the folder that the other had just removed.
 */

/** How a job ended whose files are all here. */
interface Fetched {
  readonly job: JobHandle;
  readonly exit: JobExit;
}

/** In the folder of an attempt, here: all that the job left is here too, and this is how it ended. */
const FETCHED = 'fetched.json';
/** There too: the host is asked to start the job from now on. Without it nothing was started, whatever was copied. */
const ASKED = 'asked';
/** Costs nothing: the host itself is asked no more often than its connection allows (ssh-connection.ts). */
const ASK_AGAIN_MS = 1_000;
const MS_PER_DAY = 86_400_000;
/** After it could not be done. */
const TIDY_AGAIN_MS = 3_600_000;

export interface StagedSchedulerOptions {
  readonly paths: HostPaths;
  /** Contents not used for so long are removed there. */
  readonly keepDays: number;
}

export class StagedScheduler implements Scheduler {
  readonly staging: Staging;
  readonly #never = new AbortController().signal;
  /** By folder of ours: settles, never rejects, when the last of those who bring that job's results is done. */
  readonly #bringing = new Map<string, Promise<void>>();
  #tidyAtMs = -Infinity;

  constructor(
    private readonly inner: Scheduler,
    private readonly files: RemoteFiles,
    private readonly clock: Clock,
    private readonly log: Logger,
    private readonly options: StagedSchedulerOptions,
  ) {
    this.staging = new Staging(files, options.paths, clock);
  }

  there(_host: string, path: string): string {
    return this.options.paths.there(path);
  }

  installedThere(_host: string, path: string): string {
    return this.options.paths.installedThere(path);
  }

  async ready(host: string): Promise<void> {
    await this.inner.ready?.(host);
  }

  /** To where the jobs' own names for them will point (Staging). */
  async bringAhead(_host: string, files: readonly string[], signal: AbortSignal): Promise<void> {
    await this.staging.bringAhead(files, signal);
  }

  /** By time, not when jobs are given to it: what is of patients does not stay on a machine that is used no more. */
  async tidy(): Promise<void> {
    const blobs = this.options.paths.blobs();
    const nowMs = this.clock.monotonicMs();
    if (blobs === null || nowMs < this.#tidyAtMs) return;
    this.#tidyAtMs = nowMs + MS_PER_DAY;
    try {
      await this.files.sweep(join(blobs, '..'), this.options.keepDays);
    } catch (thrown) {
      this.#tidyAtMs = nowMs + TIDY_AGAIN_MS;
      if (isAway(thrown)) return; // others say so
      this.log.warn('old files on a host were not removed', { code: toCaseError(thrown).code }, thrown);
    }
  }

  async submit(request: JobRequest): Promise<JobHandle> {
    const ran = await readFetched(request.folder);
    if (ran !== null) return ran.job;
    await this.staging.bring(request.folder, request.inputs ?? [], this.#never);
    await write(join(request.folder, ASKED), '');
    return this.inner.submit({ ...request, folder: this.options.paths.there(request.folder), inputs: [] });
  }

  async find(folder: string): Promise<JobHandle | null> {
    const ran = await readFetched(folder);
    if (ran !== null) return ran.job;
    // So a host that went away while files were copied keeps no beam waiting: it is calculated elsewhere.
    return (await isThere(join(folder, ASKED))) ? this.inner.find(this.options.paths.there(folder)) : null;
  }

  async wait(job: JobHandle, limits: JobLimits, observer: JobObserver, signal: AbortSignal): Promise<JobExit> {
    const here = this.options.paths.here(job.folder);
    const ran = await readFetched(here);
    if (ran !== null) {
      observer.onOver?.();
      await replay(here, observer);
      return ran.exit;
    }
    const seen = await this.#persistently(job.host, signal, () => this.inner.wait(job, limits, observer, signal)).catch(
      async (thrown: unknown) => {
        if (!signal.aborted) await this.#bringWords(here, signal);
        throw thrown;
      },
    );
    observer.onOver?.();
    return this.#oneAtATime(here, () => this.#collect(job, here, seen, signal));
  }

  async isRunning(job: JobHandle): Promise<boolean> {
    if ((await readFetched(this.options.paths.here(job.folder))) !== null) return false;
    return this.inner.isRunning(job);
  }

  async kill(job: JobHandle, graceMs: number): Promise<void> {
    if ((await readFetched(this.options.paths.here(job.folder))) !== null) return;
    await this.inner.kill(job, graceMs);
  }

  /** Of a job that broke its limits nothing is believed, but the end of what it said tells why: that is read here. */
  async #bringWords(here: string, signal: AbortSignal): Promise<void> {
    await this.staging.bringBackOne(here, JOB_FILES.log, signal).catch((thrown: unknown) => {
      if (!signal.aborted) {
        this.log.warn('output of a stopped job was not brought back', { code: toCaseError(thrown).code }, thrown);
      }
    });
  }

  /** Brings what the job left, unless another has brought it meanwhile. @param seen its end, by a look from afar */
  async #collect(job: JobHandle, here: string, seen: JobExit, signal: AbortSignal): Promise<JobExit> {
    const ran = await readFetched(here);
    if (ran !== null) return ran.exit;
    signal.throwIfAborted();
    await this.#persistently(job.host, signal, () => this.staging.bringBack(here, signal));
    // What was brought says more than a look from afar, as where a file system shows the exit code late.
    const exit = seen.how === 'vanished' ? ((await exitWritten(here)) ?? seen) : seen;
    await write(join(here, FETCHED), JSON.stringify({ job, exit } satisfies Fetched));
    await this.#discard(job.folder, here);
    return exit;
  }

  /** Whoever is let go of ends at once when it is its turn, so nobody waits for long behind it. */
  async #oneAtATime<T>(folder: string, work: () => Promise<T>): Promise<T> {
    const mine = (this.#bringing.get(folder) ?? Promise.resolve()).then(work);
    const settled = mine.then(
      () => undefined,
      () => undefined,
    );
    this.#bringing.set(folder, settled);
    try {
      return await mine;
    } finally {
      if (this.#bringing.get(folder) === settled) this.#bringing.delete(folder);
    }
  }

  /**
   * Again and again while the host cannot be reached, or does not let us in: the job runs there all the same. Anything else
   * that goes wrong is the caller's.
   */
  async #persistently<T>(host: string, signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
    for (let asked = 0; ; asked++) {
      try {
        return await ask();
      } catch (thrown) {
        signal.throwIfAborted();
        if (!isAway(thrown)) throw thrown;
        if (asked === 0) this.log.warn('host of a running job cannot be reached', { host, code: thrown.code }, thrown);
        await this.clock.sleep(ASK_AGAIN_MS, signal);
        signal.throwIfAborted();
      }
    }
  }

  /** What is not removed now is swept away later. A shared folder is ours: retention looks after it. */
  async #discard(far: string, here: string): Promise<void> {
    if (this.options.paths.isShared(here)) return;
    await this.files.remove(far).catch((thrown: unknown) => {
      this.log.warn('far folder of a job was not removed', { code: toCaseError(thrown).code }, thrown);
    });
  }
}

const AWAY: readonly string[] = [...HOST_AWAY, 'host.damaged'];

const isAway = (thrown: unknown): thrown is CaseError => thrown instanceof CaseError && AWAY.includes(thrown.code);

async function readFetched(folder: string): Promise<Fetched | null> {
  try {
    return JSON.parse(await readFile(join(folder, FETCHED), 'utf8')) as Fetched;
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return null;
    throw diskError(thrown);
  }
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeWholeFile(path, text);
  } catch (thrown) {
    throw diskError(thrown);
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return false;
    throw diskError(thrown);
  }
}

async function exitWritten(folder: string): Promise<JobExit | null> {
  try {
    const code = parseExitCode(await readFile(join(folder, JOB_FILES.exit), 'utf8'));
    return code === null ? null : { how: 'exited', code };
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return null;
    throw diskError(thrown);
  }
}

/** What the job wrote, line by line, from the log that was brought here. */
async function replay(folder: string, observer: JobObserver): Promise<void> {
  const lines = new LineSplitter((line) => {
    observer.onLine(line);
  });
  try {
    for await (const bytes of createReadStream(join(folder, JOB_FILES.log))) lines.push(bytes as Buffer);
    lines.end();
  } catch (thrown) {
    if (systemCode(thrown) !== 'ENOENT') throw diskError(thrown);
  }
}
