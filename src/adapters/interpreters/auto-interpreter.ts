import type { AcceptedCase } from '../../domain/accepted-case.js';
import type { BeamInput } from '../../domain/beam-input.js';
import type { Case } from '../../domain/case.js';
import type { IonPlan } from '../../domain/plan.js';
import type { Interpreter } from '../../ports/interpreter.js';

/** From the delivery logs where validation accepted them, else from the plan. */
export class AutoInterpreter implements Interpreter {
  readonly kind = 'auto';

  constructor(
    private readonly fromPlan: Interpreter,
    private readonly fromLogs: Interpreter,
  ) {}

  /** Throws what the chosen one throws. */
  interpret(
    kase: Pick<Case, 'id' | 'run' | 'folder'>,
    plan: IonPlan,
    accepted: Pick<AcceptedCase, 'deliveries' | 'referenceFraction'>,
    signal: AbortSignal,
  ): Promise<readonly BeamInput[]> {
    const chosen = accepted.referenceFraction === null ? this.fromPlan : this.fromLogs;
    return chosen.interpret(kase, plan, accepted, signal);
  }
}
