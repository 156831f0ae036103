import { shareWords } from '../../domain/case-folder.js';
import type { Case } from '../../domain/case.js';
import type { StepName } from '../../domain/case-machine.js';
import type { EpochMs } from '../../domain/time.js';
import type { Clock } from '../../ports/clock.js';
import type { InboxGuard } from '../../ports/inbox-guard.js';
import type { Inboxes } from '../../ports/inboxes.js';
import type { Step, StepContext, StepOutcome } from '../../ports/step.js';

/** No sooner: each look leaves a row in the history. */
const LEAST_WAIT_MS = 10_000;

/**
 * A step that reads the inbox of its case, believed only if that share was there all the time it ran. What it found in a share that
 * went away, success or failure, says nothing about the case: the case waits and the step runs again.
 */
export class ShareFirstStep implements Step {
  readonly name: StepName;

  constructor(
    private readonly inner: Step,
    private readonly inboxes: Pick<Inboxes, 'guardOf'>,
    private readonly clock: Clock,
    private readonly pollSeconds: number,
  ) {
    this.name = inner.name;
  }

  async run(kase: Case, context: StepContext): Promise<StepOutcome> {
    const guard = this.inboxes.guardOf(kase.inbox);
    const before = await this.#lost(kase, guard);
    if (before !== null) return before;
    const { generation } = guard;
    try {
      const inboxLostMs = (since: EpochMs): number => guard.lostMsSince(since);
      const outcome = await this.inner.run(kase, { ...context, inboxLostMs });
      return (await this.#lostSince(generation, kase, guard)) ?? outcome;
    } catch (thrown) {
      // A step that lets go, since the service stops or the case was cancelled, says nothing about the share.
      const lost = context.signal.aborted ? null : await this.#lostSince(generation, kase, guard);
      if (lost === null) throw thrown;
      return lost;
    }
  }

  async #lostSince(generation: number, kase: Case, guard: InboxGuard): Promise<StepOutcome | null> {
    const lost = await this.#lost(kase, guard);
    if (lost !== null || guard.generation === generation) return lost;
    return this.#wait(`${shareWords(kase.inbox)}: it went away and came back while it was read`);
  }

  async #lost({ inbox }: Case, guard: InboxGuard): Promise<StepOutcome | null> {
    const loss = await guard.check();
    return loss === null
      ? null
      : this.#wait(`${shareWords(inbox)}: lost since ${new Date(loss.since).toISOString()} (${loss.because})`);
  }

  #wait(waitingFor: string): StepOutcome {
    const lookAgainAt = this.clock.now() + Math.max(LEAST_WAIT_MS, this.pollSeconds * 1000);
    return { do: 'wait', waitingFor, lookAgainAt };
  }
}
