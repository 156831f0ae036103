import { Token } from 'typedi';
import type { Pseudonym } from '../domain/pseudonym.js';

/** Pseudonyms; unique on scope, kind and original. One that was given is never changed. */
export interface PseudonymStore {
  /** Keeps those that are new; what is kept of all that were asked for, in their order. */
  keep(wanted: readonly Pseudonym[]): Promise<readonly Pseudonym[]>;
  /** Those whose original or replacement is this text, newest first. */
  find(text: string): Promise<readonly Pseudonym[]>;
  /** Originals of kind `patient`, each once: for searching what leaves the house, never to be shown. */
  patients(): Promise<readonly string[]>;
}
export const PseudonymStore = new Token<PseudonymStore>('PseudonymStore');
