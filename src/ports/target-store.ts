import { Token } from 'typedi';
import type { TargetState } from '../domain/target-state.js';

/** A target as it is configured. */
export interface KnownTarget {
  readonly name: string;
  readonly kind: string;
  readonly optional: boolean;
}

/**
 * Upload targets as they were last found, one row each. Written by the one service that holds the instance lock, and
 * there by the gates alone (workflow/delivery/target-gates.ts); everybody else reads.
 */
export interface TargetStore {
  /** As never tried where there is no row. */
  get(name: string): Promise<TargetState>;
  save(row: TargetState): Promise<void>;
  /** Says which targets there are: their kind is written, the rows of others removed. What was found of each stays. */
  sync(targets: readonly KnownTarget[]): Promise<void>;
}
export const TargetStore = new Token<TargetStore>('TargetStore');
