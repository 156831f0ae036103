import type { StepName } from '../domain/case-machine.js';

/** Cases whose step of this name may run at once. Simulating cases only queue for slots, so they are not bounded; uploading ones are let in by each target's gate, and one slow target must not take the places of others. */
export const STEP_CAPACITY: Readonly<Record<StepName, number>> = {
  validate: 4,
  interpret: 2,
  simulate: 5_000,
  assemble: 2,
  upload: 64,
};
