import type { EpochMs } from './time.js';

/** What the predecessor knew of one beam. */
export interface LegacyBeam {
  readonly id: string;
  readonly number: number | null;
  readonly state: string;
  readonly error: string | null;
}

/** One step the predecessor took. */
export interface LegacyStep {
  readonly step: string;
  readonly state: string;
  readonly startedAt: EpochMs | null;
  readonly finishedAt: EpochMs | null;
  readonly error: string | null;
}

/** A case of the predecessor, in its words: history to look at, never worked on. */
export interface LegacyCase {
  readonly id: string;
  /** Its path as the predecessor wrote it. */
  readonly folder: string;
  readonly state: string;
  /** 0-100. */
  readonly progress: number;
  readonly createdAt: EpochMs | null;
  readonly updatedAt: EpochMs | null;
  readonly retries: number;
  readonly error: string | null;
  readonly beams: readonly LegacyBeam[];
  readonly steps: readonly LegacyStep[];
}
