import type { StepName } from '../domain/case-machine.js';

/** Cases whose step of this name may run at once. Simulating cases only queue for slots, so they are not bounded. */
export const STEP_CAPACITY: Readonly<Record<StepName, number>> = {
  validate: 4,
  interpret: 2,
  simulate: 5_000,
  assemble: 2,
  upload: 8,
};
