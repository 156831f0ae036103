import { Token } from 'typedi';
import type { IntakeFolder } from '../domain/intake-folder.js';

/**
 * The folders of the inboxes as the watcher last knew them: written by the service alone, and read by it when it starts.
 * Those still arriving are shown to people (`CaseQueries.arriving`).
 */
export interface IntakeMemory {
  /** All folders of one inbox, in no particular order. */
  load(inbox: string): Promise<readonly IntakeFolder[]>;
  /** Puts these rows in, in place of what was there of the same folders, and removes those of `gone`; in one transaction. */
  save(inbox: string, changed: readonly IntakeFolder[], gone: readonly string[]): Promise<void>;
}
export const IntakeMemory = new Token<IntakeMemory>('IntakeMemory');
