import { Token } from 'typedi';
import type { InboxArrival } from '../domain/arrival.js';
import type { Attempt, Case, Transition } from '../domain/case.js';
import type { CaseState } from '../domain/case-machine.js';
import type { Beam } from '../domain/beam.js';
import type { Delivery } from '../domain/delivery.js';
import type { OpenBeam } from '../domain/eta.js';
import type { KeptReceipt } from '../domain/receipt.js';
import type { Resource } from '../domain/resource.js';
import type { TargetState } from '../domain/target-state.js';
import type { EpochMs } from '../domain/time.js';

export interface CaseFilter {
  readonly states?: readonly CaseState[];
  readonly held?: boolean;
  /** Under way, not held, and waiting for data or to try again. */
  readonly waiting?: boolean;
  /** Treatment machine of its beams. */
  readonly machine?: string;
  readonly since?: EpochMs;
  /** Created before this. */
  readonly before?: EpochMs;
  /** Matches id, folder (in any spelling) or plan label, case-insensitively, anywhere. */
  readonly search?: string;
  /** The search looks at ids alone: nothing else shows by what is found. */
  readonly byIdOnly?: boolean;
  readonly limit?: number;
  readonly offset?: number;
}

export interface CaseRow {
  readonly kase: Case;
  readonly beamsDone: number;
}

export interface CaseRecord extends CaseRow {
  readonly beams: readonly Beam[];
  readonly attempts: readonly Attempt[];
  readonly transitions: readonly Transition[];
  /** Of the run whose doses stand for this one's, where it calculated none (Case.resultsOf). */
  readonly receipts: readonly KeptReceipt[];
  readonly deliveries: readonly Delivery[];
}

/** What is to be calculated, and what was lately. */
export interface Workload {
  /** Beams without dose of active cases that are not held. */
  readonly open: readonly OpenBeam[];
  /** Beams with dose, newest first, at most 100. */
  readonly finished: readonly Beam[];
}

/** An upload target, what was found of it, and how many cases wait there. */
export interface TargetRecord {
  /** Null for one that the service has not seen in its configuration. */
  readonly kind: string | null;
  readonly optional: boolean;
  readonly target: TargetState;
  readonly waiting: number;
}

/** What lists, pages and the command line read: the last commit, never an open transaction, waiting for nobody. */
export interface CaseQueries {
  /** Newest first. */
  list(filter: CaseFilter): Promise<readonly CaseRow[]>;
  count(filter: CaseFilter): Promise<number>;
  record(id: string): Promise<CaseRecord | null>;
  /**
   * Cases meant by an id, or the start of an id or of a folder name: an exact id wins, then a folder name, then the same
   * name in another spelling (domain/case-folder.ts), then starts, then starts in another spelling; of one folder's runs
   * only the newest counts. None, one, or the several that make it ambiguous.
   */
  matching(idOrStart: string): Promise<readonly Case[]>;
  /** Every resource with the submitted beams on it. */
  resources(): Promise<readonly { readonly resource: Resource; readonly beams: readonly Beam[] }[]>;
  workload(): Promise<Workload>;
  /** By name. */
  targets(): Promise<readonly TargetRecord[]>;
  /** Folders still being copied into the inbox, by inbox and name. */
  arriving(): Promise<readonly InboxArrival[]>;
  countByState(): Promise<Readonly<Record<CaseState, number>>>;
}
export const CaseQueries = new Token<CaseQueries>('CaseQueries');
