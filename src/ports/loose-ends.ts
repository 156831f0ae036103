import { Token } from 'typedi';
import type { Beam } from '../domain/beam.js';
import type { Attempt, Case } from '../domain/case.js';
import type { EpochMs } from '../domain/time.js';

/** An attempt of a beam, with the run its folder is named after. */
export interface BeamAttempt {
  readonly caseId: string;
  readonly run: number;
  readonly beamNumber: number;
  readonly attempt: number;
  /** Of the attempt's row. */
  readonly id: number;
}

export interface UndeliveredBeam {
  readonly kase: Case;
  readonly beam: Beam;
}

/** What a service that died may have left lying between two writes; read by the reconciler. */
export interface LooseEnds {
  /**
   * Attempts of beams that ended otherwise than well within this time, newest first: no job of theirs should live.
   * @param limit of rows
   */
  endedBadly(from: EpochMs, to: EpochMs, limit: number): Promise<readonly BeamAttempt[]>;
  /** Open attempts nobody works on or ever will: their case or beam has moved on. */
  abandoned(limit: number): Promise<readonly Attempt[]>;
  /** Closes the attempt as `lost`; false if somebody else has closed it meanwhile. */
  close(attempt: Attempt, at: EpochMs): Promise<boolean>;
  /**
   * Converted beams of cases that nobody works on and of which no object was ever sent anywhere: their doses can still be
   * made again. Active cases, and those that failed because a dose was damaged; oldest first.
   */
  undelivered(limit: number): Promise<readonly UndeliveredBeam[]>;
}
export const LooseEnds = new Token<LooseEnds>('LooseEnds');
