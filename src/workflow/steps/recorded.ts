import type { Case } from '../../domain/case.js';
import type { StepName } from '../../domain/case-machine.js';
import { toCaseError } from '../../domain/errors.js';
import { diskError } from '../../files/disk-error.js';
import type { Step, StepContext, StepOutcome } from '../../ports/step.js';
import type { RunRecorder } from '../run-recorder.js';
import { BasisNotes } from './basis-notes.js';

/**
 * A step of a run that is written down: after `interpret` the hashes of what was dropped; once `simulate` begins a job, or
 * finds one begun, what it is begun with (basis-notes.ts); after `upload` how the doses came to be. A record that cannot be written keeps no dose from anybody: it is warned of. A run
 * whose doses are another's has none.
 */
export class RecordedStep implements Step {
  readonly name: StepName;

  constructor(
    private readonly inner: Step,
    private readonly recorder: RunRecorder,
  ) {
    this.name = inner.name;
  }

  async run(kase: Case, context: StepContext): Promise<StepOutcome> {
    const notes = new BasisNotes(kase, this.recorder, (write) => this.#write(kase, context, write));
    const outcome = await this.#noting(notes, kase, context);
    if (this.name === 'interpret' && outcome.do === 'advance') {
      await this.#write(kase, context, () => this.recorder.noteInputs(kase, context.signal));
    }
    if (this.name === 'upload' && outcome.do === 'advance') {
      await this.#write(kase, context, () => this.recorder.record(kase));
    }
    return outcome;
  }

  async #noting(notes: BasisNotes, kase: Case, context: StepContext): Promise<StepOutcome> {
    const begins = (again: boolean): Promise<void> => notes.begins(again);
    const isNext = (): void => {
      notes.ahead();
    };
    try {
      return await this.inner.run(kase, { ...context, begins, isNext });
    } finally {
      await notes.written();
    }
  }

  async #write(kase: Case, { log, signal }: StepContext, write: () => Promise<void>): Promise<void> {
    if (kase.resultsOf !== null) return;
    try {
      await write();
    } catch (thrown) {
      signal.throwIfAborted();
      const { code, severity } = toCaseError(diskError(thrown));
      log.warn('record of the run not written', { code, severity }, thrown);
    }
  }
}
