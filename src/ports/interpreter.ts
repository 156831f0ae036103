import { Token } from 'typedi';
import type { AcceptedCase } from '../domain/accepted-case.js';
import type { BeamInput } from '../domain/beam-input.js';
import type { Case } from '../domain/case.js';
import type { IonPlan } from '../domain/plan.js';

/** Plan or delivery records -> engine input, one per treatment beam. */
export interface Interpreter {
  readonly kind: string;
  /**
   * Repeated on the same case it gives the same.
   * @param accepted what validation decided of delivery logs
   * Aborting `signal` ends what it started and rejects. Throws CaseError for every failure it understands.
   */
  interpret(
    kase: Pick<Case, 'id' | 'run' | 'folder'>,
    plan: IonPlan,
    accepted: Pick<AcceptedCase, 'deliveries' | 'referenceFraction'>,
    signal: AbortSignal,
  ): Promise<readonly BeamInput[]>;
}
export const Interpreter = new Token<Interpreter>('Interpreter');
