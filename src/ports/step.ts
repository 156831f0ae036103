import { Token } from 'typedi';
import type { ValidatedBeam } from '../domain/beam.js';
import type { Case } from '../domain/case.js';
import type { StepName } from '../domain/case-machine.js';
import type { EpochMs } from '../domain/time.js';
import type { Logger } from './logger.js';

export interface StepContext {
  /** Aborts when the service stops or the case is cancelled. A step that meets it lets go and may throw anything. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** True once an operator holds the case: what runs goes on, nothing new is started; then the step waits. */
  readonly held: () => boolean;
  /** How much of the time since then the inbox was lost, ms; set for the steps that read it. */
  readonly inboxLostMs?: (since: EpochMs) => number;
  /**
   * To be awaited before a job of the case is started or followed: notes what the calculation is begun with. Rejects only on
   * abort. @param again true when jobs of this run have been started before the step was
   */
  readonly begins?: (again: boolean) => Promise<void>;
  /** A job of the case is the next to be started: what can be noted before is noted now. Returns at once. */
  readonly isNext?: () => void;
}

/** `wait`: nothing failed, something is missing; the step runs again when `lookAgainAt` is due or the folder changes. */
export type StepOutcome =
  | {
      readonly do: 'advance';
      readonly facts?: Partial<
        Pick<Case, 'planLabel' | 'planSopInstanceUid' | 'beamCount' | 'calculationKey' | 'resultsOf'>
      >;
      readonly beams?: readonly ValidatedBeam[];
      /** Oddities that did not stop the step, in words for the case's history; no patient data. */
      readonly remarks?: readonly string[];
    }
  | {
      readonly do: 'wait';
      readonly waitingFor: string;
      readonly lookAgainAt: EpochMs;
      readonly facts?: Partial<Pick<Case, 'planLabel' | 'planSopInstanceUid'>>;
    };

/**
 * The work that leaves a state. Safe to repeat: it may be run again after a crash at any point. It throws CaseError for
 * every failure it understands, knows no state and calls no other step.
 */
export interface Step {
  readonly name: StepName;
  run(kase: Case, context: StepContext): Promise<StepOutcome>;
}
/** All five, one for each row of the table. */
export const Steps = new Token<readonly Step[]>('Steps');
