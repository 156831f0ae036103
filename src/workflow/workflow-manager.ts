import { Inject, Service } from 'typedi';
import type { Case } from '../domain/case.js';
import { STEP_NAMES, type StepName } from '../domain/case-machine.js';
import { bug, CaseError, toCaseError } from '../domain/errors.js';
import { LEASE_MS, RENEW_MS } from '../domain/lease.js';
import { longestDelay, retryPolicy } from '../domain/retry.js';
import { CaseStore, type Claim } from '../ports/case-store.js';
import { Clock } from '../ports/clock.js';
import { Logger } from '../ports/logger.js';
import type { Nudge } from '../ports/nudge.js';
import { Settings } from '../ports/settings.js';
import { Steps, type Step } from '../ports/step.js';
import { Alarm } from './alarm.js';
import { renewLeases, type AtWork } from './lease-renewal.js';
import { ServiceIdentity } from './service-identity.js';
import { Slots } from './slots.js';
import { STEP_CAPACITY } from './step-capacity.js';
import { STEP_DEADLINE_MS, stepTimeout, within } from './step-deadline.js';
import { logCommit, logFailure } from './step-log.js';
import { fateOf, type FateRules, type StepEnd } from './step-fate.js';

/*
 * The workflow manager: claim -> step -> transition, for every case, for ever.
 *
 *   claim    a due case: active, not held, due time passed, lease free. The lease and the open attempt row are one write.
 *   step     the handler of the case's state. It may take hours; its lease is renewed meanwhile.
 *   commit   one guarded write that moves the case, frees the lease and closes the attempt (step-fate.ts decides what).
 *
 * Events only wake: the folder watcher, a commit of another process, a due time, a finished step. What to do is always
 * read from the database, so a lost event costs at most one `pollingIntervalSeconds`.
 *
 * Who may write a case while its step runs: this manager (its outcome), the step (progress only), and operators from any
 * process (hold, cancel, priority, retry). All are guarded by the row's version. If an operator was first, the manager
 * reads the row again and decides anew: still its lease and the same state, the outcome is applied to the new row;
 * otherwise the outcome is dropped, for somebody has taken the case out of its hands.
 */

const COMMIT_TRIES = 5;
/** In a few statements (claims.ts); few enough that the first of thousands of open cases is at work before the last is claimed. */
const CLAIMED_AT_ONCE = 100;

interface Running {
  readonly claim: Claim;
  readonly controller: AbortController;
  held: boolean;
  readonly done: Promise<void>;
}

@Service()
export class WorkflowManager implements Nudge {
  readonly #running = new Map<string, Running>();
  readonly #steps: ReadonlyMap<StepName, Step>;
  readonly #rules: FateRules;
  readonly #wakeUp: Alarm;
  /** Cases moved through this process by others than their steps. */
  readonly #moved = new Set<string>();
  #claiming = false;
  #stopping = false;

  constructor(
    @Inject(CaseStore) private readonly cases: CaseStore,
    @Inject(Steps) steps: readonly Step[],
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Logger) private readonly log: Logger,
    @Inject(Settings) private readonly settings: Settings,
    private readonly identity: ServiceIdentity,
    private readonly slots: Slots,
  ) {
    this.#steps = new Map(steps.map((step) => [step.name, step]));
    this.#rules = {
      retries: retryPolicy(settings.processing),
      coarse: settings.progressTracking.coarsePhaseProgress,
    };
    this.#wakeUp = new Alarm(clock);
  }

  nudge(movedCaseId?: string): void {
    if (movedCaseId !== undefined) this.#moved.add(movedCaseId);
    this.#wakeUp.ring();
  }

  /** Cases whose step runs in this process now. */
  get active(): number {
    return this.#running.size;
  }

  /** True while a step of this case runs in this process. */
  runs(caseId: string): boolean {
    return this.#running.has(caseId);
  }

  /** Works until the signal aborts, then lets every step go; resolves when all have let go. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = (): void => {
      this.#stopping = true;
      for (const { controller } of this.#running.values()) controller.abort(signal.reason);
      this.#wakeUp.ring();
    };
    signal.addEventListener('abort', stop, { once: true });
    const renewing = this.#renewLeases(signal);
    while (!signal.aborted) {
      await this.#survive('looking at moved cases failed', () => this.#tellMoved(), undefined);
      const claimed = await this.#survive('claiming failed', () => this.#claimWhatIsDue(), 0);
      if (claimed === 0) await this.#wakeUp.wait(await this.#untilNextDue());
    }
    await Promise.all([...this.#running.values()].map(({ done }) => done));
    await renewing;
  }

  /**
   * Another process has written: steps whose case was cancelled or taken are aborted, and those of held cases hear of it.
   */
  async reconcile(): Promise<void> {
    for (const id of [...this.#running.keys()]) await this.#tell(id);
    this.nudge();
  }

  async #tellMoved(): Promise<void> {
    for (const id of [...this.#moved]) {
      await this.#tell(id);
      this.#moved.delete(id);
    }
  }

  async #tell(id: string): Promise<void> {
    const running = this.#running.get(id);
    if (running === undefined) return;
    const now = await this.cases.get(id);
    if (now === null || !this.#isOurs(now, running.claim)) {
      running.controller.abort(new Error('the case was taken out of our hands'));
      return;
    }
    running.held = now.heldBecause !== null;
    this.slots.prioritise(id, now.priority);
  }

  async #claimWhatIsDue(): Promise<number> {
    let count = 0;
    const { owner } = this.identity;
    const longestDelayMs = longestDelay(this.#rules.retries);
    // Mostly at most one step of five has something to claim, and a claim is a transaction of the one writer. What becomes
    // due after this look rings the alarm, as it does after a claim.
    const due = await this.cases.dueSteps({ owner, now: this.clock.now(), longestDelayMs });
    for (const step of STEP_NAMES.filter((name) => due.includes(name))) {
      const busy = [...this.#running.values()].filter(({ claim }) => claim.step === step).length;
      const limit = Math.min(STEP_CAPACITY[step] - busy, CLAIMED_AT_ONCE);
      if (limit <= 0 || this.#stopping) continue;
      this.#claiming = true;
      try {
        const lease = { owner, now: this.clock.now(), leaseMs: LEASE_MS, longestDelayMs };
        const claims = await this.cases.claimDue({ ...lease, steps: [step], limit });
        for (const claim of claims) this.#start(claim);
        count += claims.length;
      } finally {
        this.#claiming = false;
      }
    }
    return count;
  }

  #start(claim: Claim): void {
    const controller = new AbortController();
    // Taken out of our hands and set going anew before its step had let go: one after the other, never side by side.
    const former = this.#running.get(claim.kase.id);
    former?.controller.abort(new Error('the case was set going anew'));
    const running: Running = {
      claim,
      controller,
      held: false,
      done: (former?.done ?? Promise.resolve()).then(() => this.#carryOut(claim, controller, () => running.held)),
    };
    this.#running.set(claim.kase.id, running);
    if (this.#stopping) controller.abort(new Error('the service stops'));
  }

  async #carryOut(claim: Claim, controller: AbortController, held: () => boolean): Promise<void> {
    const { kase, step } = claim;
    const log = this.log.child({ caseId: kase.id, run: kase.run, step, attempt: kase.attempt + 1 });
    const startedAt = this.clock.monotonicMs();
    log.debug('step started');
    const end = await this.#end(claim, controller, log, held);
    const durationMs = Math.round(this.clock.monotonicMs() - startedAt);
    await this.#recordForSure(claim, end, log, durationMs);
    if (this.#isPresent(claim)) this.#running.delete(kase.id);
    this.slots.forget(kase.id);
    this.nudge();
  }

  async #end(claim: Claim, controller: AbortController, log: Logger, held: () => boolean): Promise<StepEnd> {
    const { kase, step } = claim;
    const handler = this.#steps.get(step);
    if (handler === undefined) return { how: 'threw', error: bug('step.no-handler', `no handler for ${step}`) };
    const { signal } = controller;
    const overdue = stepTimeout(step);
    const deadlineMs = STEP_DEADLINE_MS[step];
    const onDeadline = (): Error => {
      log.error('step hangs', { code: overdue.code, severity: overdue.severity, delayMs: deadlineMs });
      return overdue;
    };
    const work = (async () => handler.run(kase, { signal, log, held }))();
    try {
      const end = await within(this.clock, work, { deadlineMs, controller, onDeadline });
      if (end.how === 'ended') return { how: 'returned', outcome: end.value };
      log.warn('step does not let go and is left to itself');
    } catch (thrown) {
      const error = toCaseError(thrown);
      if (!signal.aborted) {
        logFailure(log, error, thrown);
        return { how: 'threw', error };
      }
    }
    // A step that was told to let go may throw anything: that is no failure of the case, unless its time was up.
    return signal.reason === overdue ? { how: 'threw', error: overdue } : { how: 'stopped' };
  }

  /**
   * The outcome must reach the database: until it does, the lease is ours and nobody else may take the case. What can
   * never be written (a bug) becomes a held case instead; what cannot be written now (disk full, busy) is tried again.
   */
  async #recordForSure(claim: Claim, end: StepEnd, log: Logger, durationMs: number): Promise<void> {
    let toWrite = end;
    for (let delayMs = 250; ; delayMs = Math.min(delayMs * 2, RENEW_MS)) {
      try {
        await this.#record(claim, toWrite, log, durationMs);
        return;
      } catch (thrown) {
        const error = toCaseError(thrown);
        log.error('recording a step failed', { code: error.code, severity: error.severity, delayMs }, thrown);
        if (error.severity === 'bug') toWrite = { how: 'threw', error };
        if (this.#stopping) return; // the next start frees our lease and runs the step again
        await this.clock.sleep(delayMs);
      }
    }
  }

  async #record(claim: Claim, end: StepEnd, log: Logger, durationMs: number): Promise<void> {
    for (let attempt = 1; attempt <= COMMIT_TRIES; attempt++) {
      // Progress and operators may have touched the row since it was claimed.
      const kase = await this.cases.get(claim.kase.id);
      if (kase === null || !this.#isOurs(kase, claim)) {
        log.info('outcome dropped, the case was moved meanwhile');
        return;
      }
      const commit = fateOf(kase, claim.attemptId, end, this.clock.now(), this.#rules);
      try {
        const after = await this.cases.commit(kase, commit);
        logCommit(log, kase, after, commit, durationMs);
        return;
      } catch (thrown) {
        if (!(thrown instanceof CaseError) || thrown.code !== 'case.lost-race') throw thrown;
      }
    }
    throw bug('case.contended', `the outcome of a step lost ${String(COMMIT_TRIES)} races in a row`);
  }

  #isOurs(now: Case, claim: Claim): boolean {
    return this.#isPresent(claim) && now.leaseOwner === this.identity.owner && now.state === claim.kase.state;
  }

  /** False once the case was claimed again. */
  #isPresent({ kase, attemptId }: Claim): boolean {
    return this.#running.get(kase.id)?.claim.attemptId === attemptId;
  }

  async #untilNextDue(): Promise<number> {
    const longest = this.settings.progressTracking.pollingIntervalSeconds * 1000;
    const now = this.clock.now();
    const due = await this.#survive('reading due times failed', () => this.cases.nextDueAt(now), null);
    return due === null ? longest : Math.min(longest, Math.max(1, due - now));
  }

  async #renewLeases(signal: AbortSignal): Promise<void> {
    const { owner } = this.identity;
    const atWork = (): AtWork => ({ running: this.#running, claiming: this.#claiming });
    const { cases, clock, log } = this;
    for (;;) {
      await clock.sleep(RENEW_MS, signal);
      if (signal.aborted) return;
      const freed = await this.#survive(
        'renewing leases failed',
        () => renewLeases({ cases, clock, log }, owner, LEASE_MS, atWork),
        0,
      );
      if (freed > 0) this.nudge();
    }
  }

  /** The loop outlives any failure of the database; the case is claimed again when its lease has run out. */
  async #survive<T>(what: string, work: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      const { code, severity } = toCaseError(thrown);
      this.log.error(what, { code, severity }, thrown);
      await this.clock.sleep(1_000);
      return otherwise;
    }
  }
}
