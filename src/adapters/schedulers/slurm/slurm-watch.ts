import { join } from 'node:path';
import { CaseError } from '../../../domain/errors.js';
import type { Clock } from '../../../ports/clock.js';
import type { Host } from '../../../ports/host.js';
import type { JobExit, JobObserver } from '../../../ports/scheduler.js';
import { LineSplitter } from '../line-splitter.js';
import { LogFollower } from '../log-follower.js';
import { ABANDONED, JOB_FILES, parseExitCode } from '../wrapper-script.js';
import type { SlurmClient } from './slurm-client.js';
import { SlurmExclusion } from './slurm-exclusion.js';
import { fateOf, forgotten, notLaunched, requeued, tooLong } from './slurm-fate.js';
import { SlurmLaunch } from './slurm-launch.js';
import { SlurmLimits, type LimitedJob } from './slurm-limits.js';
import type { SlurmPoller } from './slurm-poller.js';
import { isInProlog, isLive, isSuspended, isWaiting, type SlurmRecord } from './slurm-records.js';
import { saysOverMemory, SUSPENDED, waitingWords, wasNeverLaunched } from './slurm-words.js';
import { intendedAtS, SLURM_FILES } from './slurm-wrapper.js';

export interface WatchedSlurmJob extends LimitedJob {
  readonly id: string;
  readonly name: string;
  readonly observer: JobObserver;
  /** On a node that needs not be made ready the wrapper makes its claim, its first act, within this. */
  readonly beginsWithinMs: number;
  /** Lets it go to nodes that were left out when it was submitted. */
  readonly allowAllNodes: () => Promise<void>;
}

/** How a job ended, or which limit it broke; with `kill` something of it is still there. */
export type SlurmEnd =
  | { readonly how: 'exit'; readonly exit: JobExit }
  | { readonly how: 'failed'; readonly error: CaseError; readonly kill: boolean; readonly node: string | null }
  | { readonly how: 'stalled' }
  | { readonly how: 'flooded' };

/** Between two looks at the files of a job that runs, where nothing is heard of changes. */
const LOOK_MS = 1_000;
const LOOK_APART_MS = 20;
/** What a node wrote shows here within this, once Slurm has said that the job ended; file systems of clusters are slow. */
const SHOWN_WITHIN_MS = 10_000;
/** Exit codes above this are those of programs that a signal ended. */
const BY_SIGNAL = 128;
/** Where Slurm itself ended the job, there is mostly nothing to be shown. */
const SHOWN_WITHIN_KILLED_MS = 1_000;
/** An accounting that does not answer is waited for so long; from then on the job's files alone say what became of it. */
const TOLD_WITHIN_MS = 60 * 60_000;

/**
 * Follows one job to its end. Who is believed, in this order: the exit code our wrapper left; Slurm's own record of the
 * end (scontrol, sacct, completion log); for a job that Slurm has forgotten, whether it still beats. That Slurm, or its
 * accounting, does not answer means nothing.
 */
export class SlurmWatch {
  readonly #lines: LineSplitter;
  readonly #exclusion: SlurmExclusion;
  readonly #limits: SlurmLimits;
  readonly #log: LogFollower;
  readonly #launch: SlurmLaunch;
  #isBehind = false;
  #isTooLarge = false;
  #said: string | null | undefined = undefined;
  #endedSinceMs: number | null = null;
  #killedSinceMs: number | null = null;
  #untoldSinceMs: number | null = null;
  #submittedAtS: number | null = null;
  /** By Slurm's clock, which may be another than ours. */
  #seenSubmittedAtS = Infinity;
  #isOverMemory = false;

  constructor(
    private readonly host: Host,
    private readonly clock: Clock,
    private readonly client: SlurmClient,
    private readonly poller: SlurmPoller,
    private readonly job: WatchedSlurmJob,
  ) {
    this.#lines = new LineSplitter((line) => {
      this.#isOverMemory ||= saysOverMemory(line);
      job.observer.onLine(line);
    });
    this.#log = new LogFollower(host, job.folder, this.#lines, job.limits.maxLogBytes);
    this.#limits = new SlurmLimits(host, clock, job);
    this.#exclusion = new SlurmExclusion(clock, job.allowAllNodes);
    this.#launch = new SlurmLaunch(clock, client, job.beginsWithinMs);
  }

  /** Aborting rejects with the signal's reason. */
  async end(signal: AbortSignal): Promise<SlurmEnd> {
    let turn = new AbortController();
    const wake = (): void => {
      turn.abort();
    };
    const { sight, stop } = this.poller.follow(this.job, wake);
    signal.addEventListener('abort', wake, { once: true });
    try {
      for (;;) {
        turn = new AbortController();
        signal.throwIfAborted();
        const woken = this.#woken(turn.signal);
        const seen = sight();
        const end = await this.#look(seen.how === 'seen' ? seen.record : null, seen.how === 'absent');
        signal.throwIfAborted();
        if (end !== null) return end;
        if (!this.#isBehind) await woken;
      }
    } finally {
      turn.abort();
      stop();
      signal.removeEventListener('abort', wake);
    }
  }

  async #woken(signal: AbortSignal): Promise<void> {
    const fromMs = this.clock.monotonicMs();
    await this.host.folderChanged(this.job.folder, LOOK_MS, signal);
    const pauseMs = LOOK_APART_MS - (this.clock.monotonicMs() - fromMs);
    if (pauseMs > 0) await this.clock.sleep(pauseMs);
  }

  async #look(record: SlurmRecord | null, isAbsent: boolean): Promise<SlurmEnd | null> {
    this.#seenSubmittedAtS = record?.submittedAtS ?? this.#seenSubmittedAtS;
    const code = parseExitCode(await this.#text(JOB_FILES.exit));
    await this.#readLog(code !== null);
    if (code !== null && code <= BY_SIGNAL) return this.#exited(code);
    if (this.#isTooLarge) return { how: 'flooded' };
    const claim = await this.#text(JOB_FILES.claim);
    if (claim === ABANDONED) return vanished('it was given up before it ran');
    if (isAbsent) return this.#whenAbsent(claim, code);
    return code === null ? this.#whileThere(record, claim) : this.#killed(code);
  }

  /** As far as is known it waits or runs. @param record null: Slurm was not asked yet, or does not answer */
  async #whileThere(record: SlurmRecord | null, claim: string | null): Promise<SlurmEnd | null> {
    this.#endedSinceMs = null;
    if (record === null) {
      this.#say(this.poller.trouble?.message ?? null);
      return claim === null ? null : this.#broken(claim, null);
    }
    if (isWaiting(record)) return this.#whileWaiting(record, claim);
    if (this.#isKept(record, claim)) return null;
    if (claim === null) return this.#unclaimed(record);
    this.#say(null);
    return this.#broken(claim, record);
  }

  /**
   * Whether its node keeps it from running, which may take as long as the site lets it: suspended, or not begun while the
   * node is made ready by the site's own program (told with PrologFlags=Alloc).
   */
  #isKept(record: SlurmRecord, claim: string | null): boolean {
    const isPrepared = claim === null && isInProlog(record);
    if (!isSuspended(record) && !isPrepared) return false;
    this.#launch.reset();
    this.#limits.suspended();
    this.#say(isPrepared ? waitingWords(record) : SUSPENDED);
    return true;
  }

  /** If we get the claim of one that shall not be waited for, it never runs. */
  async #unclaimed(record: SlurmRecord): Promise<SlurmEnd | null> {
    const found = await this.#launch.look(record);
    if (found instanceof CaseError) return (await this.#abandon()) ? failed(found, true) : null;
    this.#say(found);
    return null;
  }

  async #whileWaiting(record: SlurmRecord, claim: string | null): Promise<SlurmEnd | null> {
    this.#launch.reset(); // it was on a node, and was taken back before anything ran
    if (wasNeverLaunched(record)) return failed(notLaunched(record.reason), true);
    // A claim beside a waiting job: it has just started, or Slurm has taken it back after it ran.
    if (claim === null) {
      this.#say(waitingWords(record));
      await this.#exclusion.whileWaiting(record);
    } else {
      const shown = await this.#recordOf();
      if (shown !== null && typeof shown !== 'string' && shown.restarts > 0) return failed(requeued(), true);
    }
    return null;
  }

  /** By a signal, and only Slurm knows whose; while it does not say so, for a while. */
  async #killed(code: number): Promise<SlurmEnd | null> {
    const nowMs = this.clock.monotonicMs();
    this.#killedSinceMs ??= nowMs;
    return nowMs - this.#killedSinceMs < SHOWN_WITHIN_MS ? null : this.#exited(code);
  }

  /** Slurm has answered without it: it has ended, or Slurm has forgotten it. @param code a signal ended it */
  async #whenAbsent(claim: string | null, code: number | null): Promise<SlurmEnd | null> {
    const nowMs = this.clock.monotonicMs();
    const record = await this.#recordOf();
    if (typeof record === 'string') return record === 'unknown' ? this.#untold(claim) : null;
    if (record === null) return code === null ? this.#forgotten(claim) : this.#exited(code);
    if (code !== null && endedByItself(record)) return this.#exited(code);
    this.#endedSinceMs ??= nowMs;
    const patienceMs = endedByItself(record) ? SHOWN_WITHIN_MS : SHOWN_WITHIN_KILLED_MS;
    return nowMs - this.#endedSinceMs < patienceMs ? null : this.#fate(record);
  }

  /** The accounting may know how it ended and does not answer: that is no end. One that runs on is kept to its limits. */
  async #untold(claim: string | null): Promise<SlurmEnd | null> {
    this.#say('its end; Slurm has forgotten it, and the accounting of Slurm does not answer');
    if (claim === null) return null;
    return (await this.#limits.isSilent()) ? null : this.#broken(claim, null);
  }

  async #fate(record: SlurmRecord): Promise<SlurmEnd | null> {
    if (isLive(record)) return null; // it came between the two looks
    const isStopped = (await this.#text(SLURM_FILES.stop)) !== null;
    const isTimeUp = (await this.#text(SLURM_FILES.timeUp)) !== null;
    const hasBegun = (await this.#text(JOB_FILES.claim)) !== null;
    const fate = isTimeUp
      ? tooLong("Slurm's time limit")
      : fateOf(record, { isStopped, hasBegun, isOverMemory: this.#isOverMemory });
    if (!(fate instanceof CaseError)) return { how: 'exit', exit: fate };
    return { how: 'failed', error: fate, kill: false, node: fate.code === 'engine.node-lost' ? record.nodes : null };
  }

  /** Nobody knows it. One that never began is given up; one that began runs on as long as it beats. */
  async #forgotten(claim: string | null): Promise<SlurmEnd | null> {
    if (claim === null)
      return (await this.#abandon()) ? failed(notLaunched('it was forgotten in the queue'), false) : null;
    this.#say('its end; Slurm has forgotten it, it runs on');
    if (await this.#limits.isSilent()) return failed(forgotten(), false);
    return this.#broken(claim, null);
  }

  async #broken(claim: string, record: SlurmRecord | null): Promise<SlurmEnd | null> {
    const limit = await this.#limits.broken(claim, record);
    if (limit === 'stalled') return { how: 'stalled' };
    return limit === null ? null : failed(limit, true);
  }

  #abandon(): Promise<boolean> {
    return this.host.createExclusive(join(this.job.folder, JOB_FILES.claim), ABANDONED);
  }

  async #recordOf(): Promise<SlurmRecord | 'unknown' | 'no answer' | null> {
    try {
      this.#submittedAtS ??= intendedAtS(await this.#text(JOB_FILES.intent));
      const notBeforeS = Math.min(this.#submittedAtS, this.#seenSubmittedAtS);
      const record = await this.client.record({ ...this.job, notBeforeS });
      return record === 'unknown' && !this.#mayBeTold() ? null : record;
    } catch (thrown) {
      if (thrown instanceof CaseError && thrown.severity === 'transient') return 'no answer';
      throw thrown;
    }
  }

  #mayBeTold(): boolean {
    const nowMs = this.clock.monotonicMs();
    this.#untoldSinceMs ??= nowMs;
    return nowMs - this.#untoldSinceMs < TOLD_WITHIN_MS;
  }

  async #exited(code: number): Promise<SlurmEnd> {
    this.#lines.end();
    this.#say(null);
    if ((await this.#text(SLURM_FILES.timeUp)) !== null) return failed(tooLong("Slurm's time limit"), false);
    return { how: 'exit', exit: { how: 'exited', code } };
  }

  #say(words: string | null): void {
    if (words === this.#said) return;
    this.#said = words;
    this.job.observer.onWaiting?.(words);
  }

  #text(name: string): Promise<string | null> {
    return this.host.readText(join(this.job.folder, name));
  }

  async #readLog(isEnded: boolean): Promise<void> {
    const { grew, isBehind, isTooLarge } = await this.#log.readOn(isEnded);
    if (grew) this.#limits.sawOutput();
    this.#isBehind = isBehind;
    this.#isTooLarge = isTooLarge;
  }
}

const endedByItself = ({ state, exit }: SlurmRecord): boolean =>
  state === 'COMPLETED' || (state === 'FAILED' && exit?.signal === 0);

const vanished = (reason: string): SlurmEnd => ({ how: 'exit', exit: { how: 'vanished', reason } });
const failed = (error: CaseError, kill: boolean): SlurmEnd => ({ how: 'failed', error, kill, node: null });
