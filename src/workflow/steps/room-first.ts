import type { Case } from '../../domain/case.js';
import type { StepName } from '../../domain/case-machine.js';
import type { BeamStore } from '../../ports/beam-store.js';
import type { Clock } from '../../ports/clock.js';
import type { Step, StepContext, StepOutcome } from '../../ports/step.js';
import type { DiskRoom } from '../disk-room.js';

/** Space is made by people, or by cases that end: there is no hurry, and each look leaves a row in the history. */
const LOOK_AGAIN_MS = 10_000;

const wait = (waitingFor: string, clock: Clock): StepOutcome => ({
  do: 'wait',
  waitingFor,
  lookAgainAt: clock.now() + LOOK_AGAIN_MS,
});

/**
 * Validation that lets a case in only if the disk has room for all of it: else the case stays registered and waits,
 * which is no failure, and goes on by itself.
 */
export class AdmittedStep implements Step {
  readonly name: StepName;

  constructor(
    private readonly inner: Step,
    private readonly room: DiskRoom,
    private readonly clock: Clock,
  ) {
    this.name = inner.name;
  }

  async run(kase: Case, context: StepContext): Promise<StepOutcome> {
    const before = await this.room.shortage(kase, 0);
    if (before !== null) return wait(before, this.clock);
    const outcome = await this.inner.run(kase, context);
    if (outcome.do !== 'advance') return outcome;
    const after = await this.room.shortage(kase, outcome.beams?.length ?? 0);
    return after === null ? outcome : wait(after, this.clock);
  }
}

/**
 * A step that writes much, begun only with room for it. A case one of whose beams was begun goes on in any case: its
 * engine may be running, and must be followed; so does one that only compares deliveries, which takes no room.
 */
export class RoomFirstStep implements Step {
  readonly name: StepName;

  constructor(
    private readonly inner: Step,
    private readonly room: DiskRoom,
    private readonly beams: BeamStore,
    private readonly clock: Clock,
  ) {
    this.name = inner.name;
  }

  async run(kase: Case, context: StepContext): Promise<StepOutcome> {
    const beams = await this.beams.ofCase(kase.id);
    if (kase.resultsOf !== null || beams.some(({ attempt }) => attempt > 0)) return this.inner.run(kase, context);
    const outcome = await this.room.within(kase, context.signal, () => this.inner.run(kase, context));
    return 'shortage' in outcome ? wait(outcome.shortage, this.clock) : outcome;
  }
}
