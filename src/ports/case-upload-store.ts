import { Token } from 'typedi';
import type { CaseUpload } from '../domain/case-upload.js';
import type { EpochMs } from '../domain/time.js';

/** How a turn ended. */
export type UploadEnd = Pick<CaseUpload, 'state' | 'failures' | 'dueAt' | 'failedAt' | 'againSince' | 'error'>;

export interface Candidates {
  readonly target: string;
  readonly now: EpochMs;
  readonly limit: number;
  /** Those that failed there longest ago (or never) first: a probe shall not meet the same object each time. */
  readonly longestAgo: boolean;
  /** Only those that somebody asked to be delivered again after this. */
  readonly askedAfter?: EpochMs;
  /** Cases that are left out. */
  readonly except?: readonly string[];
}

/** The delivery of each case to each target; unique on case and target. */
export interface CaseUploadStore {
  /** The rows of the case, those that are missing for these targets made as `open`; by target. */
  open(caseId: string, targets: readonly string[]): Promise<readonly CaseUpload[]>;
  ofCase(caseId: string): Promise<readonly CaseUpload[]>;
  /** Counts a turn, before anything is sent. The row as it is then. */
  begin(upload: CaseUpload): Promise<CaseUpload>;
  /** Says how the turn ended; false where another turn was begun since, or the row was opened anew. */
  end(begun: CaseUpload, end: UploadEnd): Promise<boolean>;
  /** To be delivered and proven again; makes the rows where there are none. */
  again(caseId: string, targets: readonly string[], at: EpochMs): Promise<void>;
  /** How many cases each target has open, of cases that are assembled and not held, or completed. */
  waiting(): Promise<ReadonlyMap<string, number>>;
  /**
   * Makes assembled cases due now which wait, are not held nor being worked on, and have an open row there whose own time
   * has come. Their ids.
   */
  wake(which: Candidates): Promise<readonly string[]>;
  /** The same for those with an open row at a target that is none of these: it is configured no more. How many. */
  wakeStrayed(targets: readonly string[], now: EpochMs): Promise<number>;
  /** Open rows there, whose own time has come, of cases that are completed. */
  late(which: Candidates): Promise<readonly CaseUpload[]>;
}
export const CaseUploadStore = new Token<CaseUploadStore>('CaseUploadStore');
