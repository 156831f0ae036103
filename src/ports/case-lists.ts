import { Token } from 'typedi';
import type { Beam } from '../domain/beam.js';
import type { CaseState } from '../domain/case-machine.js';
import type { EpochMs } from '../domain/time.js';
import type { CaseFilter, CaseRow } from './case-queries.js';

/** By what lists are ordered: when the case came, when it last changed, its folder, its state. */
export const CASE_SORTS = ['created', 'updated', 'folder', 'state'] as const;
export type CaseSort = (typeof CASE_SORTS)[number];

export interface CaseOrder {
  readonly by: CaseSort;
  readonly descending: boolean;
}

/** How far one beam is. */
export type BeamBar = Pick<Beam, 'beamNumber' | 'state' | 'progress'>;

export interface CaseListRow extends CaseRow {
  /** Of cases whose dose is being calculated; none for others. */
  readonly beams: readonly BeamBar[];
}

export interface CasePage {
  readonly rows: readonly CaseListRow[];
  /** Of all that the filter lets through. */
  readonly total: number;
}

/** How cases stand altogether. */
export interface CaseSummary {
  readonly byState: Readonly<Record<CaseState, number>>;
  readonly held: number;
  /** Active cases that wait for data or to try again, not held. */
  readonly waiting: number;
  /** Treatment machines that cases were planned for, in alphabetical order. */
  readonly machines: readonly string[];
}

/** What changes when a case, or one of its beams, does. */
export interface CaseMark {
  readonly id: string;
  readonly isActive: boolean;
  readonly updatedAt: EpochMs;
  readonly mark: string;
}

/** What the list of the live page reads; made for 100,000 cases. All from one commit, as CaseQueries. */
export interface CaseLists {
  page(filter: CaseFilter, order: CaseOrder): Promise<CasePage>;
  summary(): Promise<CaseSummary>;
  /** Of the cases under way, and of those that changed at this time or later; at most 500 of each, newest first. */
  marks(since: EpochMs): Promise<readonly CaseMark[]>;
}
export const CaseLists = new Token<CaseLists>('CaseLists');
