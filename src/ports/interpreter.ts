import { Token } from 'typedi';
import type { BeamInput } from '../domain/beam-input.js';
import type { Case } from '../domain/case.js';
import type { IonPlan } from '../domain/plan.js';

/** Plan or delivery records -> engine input, one per treatment beam. */
export interface Interpreter {
  readonly kind: string;
  interpret(kase: Pick<Case, 'id' | 'run'>, plan: IonPlan): Promise<readonly BeamInput[]>;
}
export const Interpreter = new Token<Interpreter>('Interpreter');
