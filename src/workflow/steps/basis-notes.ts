import type { Case } from '../../domain/case.js';
import type { RunRecorder } from '../run-recorder.js';

/**
 * What one run of `simulate` notes of what its calculation is begun with: forced to disk before the first job, of which a
 * place would be idle for as long. So the case that is next for a place notes it while it waits; when its job begins, it only
 * looks whether that still holds. A case further back has begun nothing, and a thousand may wait: it notes nothing.
 *
 * Who writes `basis.json`: this, one write after the other, for the service that has the case's lease.
 */
export class BasisNotes {
  #models: readonly string[] | null = null;
  #ahead: Promise<void> | null = null;
  #begun: Promise<void> | null = null;

  /** @param write runs a write and warns of one that fails; rejects only on abort */
  constructor(
    private readonly kase: Case,
    private readonly recorder: Pick<RunRecorder, 'modelsOf' | 'noteBasis'>,
    private readonly write: (write: () => Promise<void>) => Promise<void>,
  ) {}

  /** Nothing of the case has begun, or `begins` was called before. */
  ahead(): void {
    if (this.#begun !== null) return;
    this.#ahead ??= this.#note(false).catch(() => undefined); // aborted: the step hears of it by its signal
  }

  /** Once for all beams that begin. @param again jobs were started before the step was */
  begins(again: boolean): Promise<void> {
    return (this.#begun ??= this.written().then(() => this.#note(again)));
  }

  /** Resolves when nothing is being written ahead. */
  async written(): Promise<void> {
    await this.#ahead;
  }

  #note(again: boolean): Promise<void> {
    return this.write(async () => {
      this.#models ??= await this.recorder.modelsOf(this.kase);
      await this.recorder.noteBasis(this.kase, this.#models, again);
    });
  }
}
