import { readFile } from 'node:fs/promises';
import { operator, type CaseError } from '../../../domain/errors.js';
import { errorCode } from '../engine-files.js';

/** What a beam-data file of the upstream program (`Machine pbs:FILE`) says, as far as we hold beams against it. */
export interface MachineFile {
  readonly bytes: Buffer;
  /** Rows of [spot], by energy. */
  readonly spots: readonly { readonly energyMeV: number; readonly protonsPerMu: number }[];
  /** IDs of [rangeshifter_thickness]. */
  readonly rangeShifters: readonly string[];
}

/** Columns of a row of [spot]: nominal energy, mean, spread, x, y, xp, yp, protons per MU. */
const SPOT_COLUMNS = 8;

/** @throws operator `engine.machine-file` */
export async function readMachineFile(path: string): Promise<MachineFile> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw unusable(`cannot be read (${errorCode(cause)})`, cause);
  });
  return parseMachineFile(bytes);
}

/** @throws operator `engine.machine-file` naming the row that the program would misread without a word */
export function parseMachineFile(bytes: Buffer): MachineFile {
  const spots: MachineFile['spots'][number][] = [];
  const rangeShifters: string[] = [];
  let section = '';
  for (const [index, line] of bytes.toString('utf8').split('\n').entries()) {
    const text = (line.split('#')[0] ?? '').trim();
    if (text === '') continue;
    if (/^\[.*\]$/.test(text)) section = text;
    else if (section === '[spot]') spots.push(spotOf(text, index + 1));
    else if (section === '[rangeshifter_thickness]') rangeShifters.push(shifterOf(text, index + 1));
  }
  if (spots.length < 2) throw unusable('has fewer than two rows in its section [spot]');
  return { bytes, spots: spots.sort((a, b) => a.energyMeV - b.energyMeV), rangeShifters };
}

function spotOf(text: string, row: number): MachineFile['spots'][number] {
  const numbers = text.split(/\s+/).map(Number);
  const [energyMeV = NaN] = numbers;
  const protonsPerMu = numbers[SPOT_COLUMNS - 1] ?? NaN;
  if (numbers.length < SPOT_COLUMNS || !numbers.every(Number.isFinite) || energyMeV <= 0 || protonsPerMu <= 0) {
    throw unusable(`line ${String(row)}: a row of [spot] is not eight numbers, energy and protons per MU positive`);
  }
  return { energyMeV, protonsPerMu };
}

function shifterOf(text: string, row: number): string {
  const [, id, thickness = ''] = /^"([^"]+)"\s+(\S+)/.exec(text) ?? [];
  if (id === undefined || !(Number(thickness) > 0)) {
    throw unusable(`line ${String(row)}: a row of [rangeshifter_thickness] is not "ID" and a thickness`);
  }
  return id;
}

/** Linear between rows as the program does it; null where it would read beyond its table (also at the lowest energy). */
export function machineProtonsPerMu({ spots }: MachineFile, energyMeV: number): number | null {
  const above = spots.findIndex((row) => row.energyMeV >= energyMeV);
  const [low, high] = [spots[above - 1], spots[above]];
  if (low === undefined || high === undefined) return null;
  const part = (energyMeV - low.energyMeV) / (high.energyMeV - low.energyMeV);
  return low.protonsPerMu + part * (high.protonsPerMu - low.protonsPerMu);
}

const unusable = (what: string, cause?: unknown): CaseError =>
  operator('engine.machine-file', `the beam data of engine.moqui.machineFile ${what}`, {
    cause,
    remedy: 'correct the file or engine.moqui.machineFile, then: mqi resume ID',
  });
