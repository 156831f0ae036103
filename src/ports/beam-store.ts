import { Token } from 'typedi';
import type { Beam } from '../domain/beam.js';
import type { BeamEvent } from '../domain/beam-machine.js';
import type { AttemptOutcome } from '../domain/case.js';
import type { Failure } from '../domain/errors.js';
import type { EpochMs } from '../domain/time.js';

/** What a move may record beside the state. */
export type BeamChange = Partial<
  Pick<
    Beam,
    | 'progress'
    | 'failures'
    | 'notBefore'
    | 'job'
    | 'resourceId'
    | 'host'
    | 'startedAt'
    | 'finishedAt'
    | 'error'
    | 'resultPath'
    | 'resultSha256'
  >
>;

export interface BeamMove {
  readonly event: BeamEvent;
  readonly change?: BeamChange;
  readonly at: EpochMs;
  /** Closes the beam's open attempt row with this outcome. */
  readonly outcome?: AttemptOutcome;
  readonly failure?: Failure;
}

/** Beams. Every change is guarded by `attempt` and `version`: a writer of an older attempt gets `beam.lost-race`. */
export interface BeamStore {
  /** By beam number. */
  ofCase(caseId: string): Promise<readonly Beam[]>;
  get(id: string): Promise<Beam | null>;
  /** All beams in state `submitted`, of any case: jobs that may be running now. */
  submitted(): Promise<readonly Beam[]>;
  /** The newest beams that have their dose, newest first. */
  finishedLately(limit: number): Promise<readonly Beam[]>;
  /** Beams that have not ended though their case is cancelled: the cancel was interrupted. */
  leftOver(): Promise<readonly Beam[]>;
  /**
   * Opens the next attempt of a pending beam, before anything is started: attempt + 1, job null, progress 0, an attempt
   * row of step `simulate`. The number is the fencing token and names the attempt's folder.
   */
  beginAttempt(beam: Beam, owner: string, at: EpochMs): Promise<Beam>;
  /** Applies the event by the beam machine together with the change. */
  move(beam: Beam, move: BeamMove): Promise<Beam>;
  /** Progress of the present attempt; ignored if `beam.attempt` is no longer current. */
  noteProgress(beam: Beam, percent: number): Promise<void>;
  /** What the job of the present attempt waits for; ignored if `beam.attempt` is no longer current. */
  noteWaiting(beam: Beam, words: string | null): Promise<void>;
}
export const BeamStore = new Token<BeamStore>('BeamStore');
