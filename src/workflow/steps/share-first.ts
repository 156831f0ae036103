import type { Case } from '../../domain/case.js';
import type { StepName } from '../../domain/case-machine.js';
import type { EpochMs } from '../../domain/time.js';
import type { Clock } from '../../ports/clock.js';
import type { InboxGuard } from '../../ports/inbox-guard.js';
import type { Step, StepContext, StepOutcome } from '../../ports/step.js';

/** No sooner: each look leaves a row in the history. */
const LEAST_WAIT_MS = 10_000;

/**
 * A step that reads the inbox, believed only if the share was there all the time it ran. What it found in a share that
 * went away, success or failure, says nothing about the case: the case waits and the step runs again.
 */
export class ShareFirstStep implements Step {
  readonly name: StepName;

  constructor(
    private readonly inner: Step,
    private readonly guard: InboxGuard,
    private readonly clock: Clock,
    private readonly pollSeconds: number,
  ) {
    this.name = inner.name;
  }

  async run(kase: Case, context: StepContext): Promise<StepOutcome> {
    const before = await this.#lost();
    if (before !== null) return before;
    const { generation } = this.guard;
    try {
      const inboxLostMs = (since: EpochMs): number => this.guard.lostMsSince(since);
      const outcome = await this.inner.run(kase, { ...context, inboxLostMs });
      return (await this.#lostSince(generation)) ?? outcome;
    } catch (thrown) {
      // A step that lets go, since the service stops or the case was cancelled, says nothing about the share.
      const lost = context.signal.aborted ? null : await this.#lostSince(generation);
      if (lost === null) throw thrown;
      return lost;
    }
  }

  async #lostSince(generation: number): Promise<StepOutcome | null> {
    const lost = await this.#lost();
    if (lost !== null || this.guard.generation === generation) return lost;
    return this.#wait('the share: it went away and came back while it was read');
  }

  async #lost(): Promise<StepOutcome | null> {
    const loss = await this.guard.check();
    return loss === null
      ? null
      : this.#wait(`the share: lost since ${new Date(loss.since).toISOString()} (${loss.because})`);
  }

  #wait(waitingFor: string): StepOutcome {
    const lookAgainAt = this.clock.now() + Math.max(LEAST_WAIT_MS, this.pollSeconds * 1000);
    return { do: 'wait', waitingFor, lookAgainAt };
  }
}
