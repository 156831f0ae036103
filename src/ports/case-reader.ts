import { Token } from 'typedi';
import type { CtSlice, Inventory } from '../domain/inventory.js';
import type { IonPlan } from '../domain/plan.js';
import type { Grid } from '../domain/grid.js';

/** Reads what was dropped. Never writes below the inbox, never follows a link out of it, never reads pixels here. */
export interface CaseReader {
  /** Headers of every file below the folder. Unreadable files are listed, not thrown. */
  inventory(folder: string, signal: AbortSignal): Promise<Inventory>;
  /** The RT Ion Plan as domain.md reads it. Throws CaseError (input) naming beam and element. */
  plan(file: string): Promise<IonPlan>;
  /** Stacks CT slices (paths below the folder) into one MetaImage (HU, int16, patient axes); returns its grid. */
  ctImage(folder: string, slices: readonly CtSlice[], target: string, signal: AbortSignal): Promise<Grid>;
}
export const CaseReader = new Token<CaseReader>('CaseReader');
