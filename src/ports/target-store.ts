import { Token } from 'typedi';
import type { TargetState } from '../domain/target-state.js';

/**
 * Upload targets as they were last found, one row each. Written by the one service that holds the instance lock, and
 * there by the gates alone (workflow/delivery/target-gates.ts); everybody else reads.
 */
export interface TargetStore {
  /** As never tried where there is no row. */
  get(name: string): Promise<TargetState>;
  save(row: TargetState): Promise<void>;
}
export const TargetStore = new Token<TargetStore>('TargetStore');
