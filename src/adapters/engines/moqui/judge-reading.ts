import { permanent } from '../../../domain/errors.js';
import type { MoquiRecord } from './moqui-record.js';

/** What the program says it has read; null where it says nothing. */
export interface SaidReading {
  readonly spots: number | null;
  readonly histories: number | null;
}

/** 32-bit floats of the program against our numbers. */
const ROUNDING = 1e-4;

/**
 * What the program says it has read must be what it was given: from a plan or CSVs that it misread it would calculate dose of
 * other spots without a word. The upstream program rounds the histories of each spot down.
 * @throws permanent `engine.bad-dose`
 */
export function judgeReading(said: SaidReading, { dialect, spots, histories }: MoquiRecord): void {
  if (said.spots !== null && spots !== undefined && said.spots !== spots) throw misread(said.spots, 'spots', spots);
  if (dialect !== 'upstream' || said.histories === null || spots === undefined) return;
  const least = histories * (1 - ROUNDING) - spots;
  if (said.histories < least || said.histories > histories * (1 + ROUNDING)) {
    throw misread(said.histories, 'histories', histories);
  }
}

/**
 * Energy that the beam brings in, J per fraction; null where it is not known. The log dialect makes histories of counts by a
 * table of its own, and says how many: each is one proton.
 */
export function energyBroughtIn(said: SaidReading, { beamEnergyJ, historyEnergyJ }: MoquiRecord): number | null {
  if (beamEnergyJ !== null || said.histories === null || historyEnergyJ === null) return beamEnergyJ;
  return said.histories > 0 ? said.histories * historyEnergyJ : null;
}

const misread = (read: number, what: string, given: number): Error =>
  permanent(
    'engine.bad-dose',
    `the engine misread its input: it says it read ${String(read)} ${what} where ${String(given)} were given`,
    { remedy: 'its own words: mqi logs ID --engine' },
  );
