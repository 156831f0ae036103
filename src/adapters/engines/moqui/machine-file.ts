import { readFile } from 'node:fs/promises';
import { operator, type CaseError } from '../../../domain/errors.js';
import { errorCode } from '../engine-files.js';

/** What a beam-data file of the upstream program (`Machine pbs:FILE`) says, as far as we hold beams against it. */
export interface MachineFile {
  /** What the program is given: the same rows, so written that it reads all of them. */
  readonly text: string;
  /** Scanning magnets to isocentre, x and y, mm. */
  readonly sadMm: readonly [number, number];
  /** Rows of [spot], by energy. */
  readonly spots: readonly SpotRow[];
  /** Thickness, mm, by the ID in [rangeshifter_thickness]. */
  readonly rangeShifters: ReadonlyMap<string, number>;
  /** Null where [geometry] does not give all that places and sizes a range shifter. */
  readonly shifter: ShifterGeometry | null;
}

/** A row of [spot]: a beam of one energy where its protons begin. */
interface SpotRow {
  readonly energyMeV: number;
  /** One sigma in x and y, mm, and of the directions, rad. */
  readonly sigmaMm: readonly [number, number];
  readonly sigmaRad: readonly [number, number];
  readonly protonsPerMu: number;
}

/** What the program makes a slab of, for every range shifter alike. */
export interface ShifterGeometry {
  /** Sides, x and y. With one of them 0 (or left out) the program has a slab that nothing goes through. */
  readonly sizeMm: readonly [number, number];
  /** From the snout towards the isocentre to the side where protons enter. */
  readonly gapMm: number;
}

/** Columns of a row of [spot]: nominal energy, mean, spread, x, y, xp, yp, protons per MU. */
const SPOT_COLUMNS = 8;
/** The program looks for its sections in this order: of two in another order it passes over one without a word. */
const ORDER = ['[geometry]', '[rangeshifter_thickness]', '[spot]', '[time]'] as const;
const SIZE = 'rangeshifter(mm)';
const GAP = 'rangeshifter_snout_gap(mm)';
const HEADER = /^\[[^[\]]*\]$/;

interface Row {
  readonly text: string;
  /** Line in the file, from 1. */
  readonly line: number;
}

/** @throws operator `engine.machine-file` */
export async function readMachineFile(path: string): Promise<MachineFile> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw unusable(`cannot be read (${errorCode(cause)})`, cause);
  });
  return parseMachineFile(bytes);
}

/**
 * The program knows a section only by a line that is its name to the letter (a blank or a carriage return behind it hides
 * it), reads values that are not there from unset memory, and of two rows for one energy keeps the first. So rows are written
 * anew: without comments and blanks around them, the sections in the program's order.
 * @throws operator `engine.machine-file` naming the row that the program would misread without a word
 */
export function parseMachineFile(bytes: Buffer): MachineFile {
  const sections = sectionsOf(bytes.toString('utf8'));
  const rowsOf = (name: string): readonly Row[] => sections.get(name) ?? [];
  const spots = spotsOf(rowsOf('[spot]'));
  const rangeShifters = shiftersOf(rowsOf('[rangeshifter_thickness]'));
  const geometry = numbersByKey(rowsOf('[geometry]'));
  const sadMm = twoPositive(geometry.get('SAD(mm)'));
  if (sadMm === null) {
    throw unusable(
      'has no row "SAD(mm) X Y" of two positive numbers in its section [geometry]: spots would lie nowhere',
    );
  }
  return {
    text: [...sections].map(([name, rows]) => [name, ...rows.map(({ text }) => text), ''].join('\n')).join(''),
    sadMm,
    spots,
    rangeShifters,
    shifter: shifterOf(geometry),
  };
}

function shifterOf(geometry: ReadonlyMap<string, readonly number[]>): ShifterGeometry | null {
  const sizeMm = twoPositive(geometry.get(SIZE));
  const gapMm = geometry.get(GAP)?.[0] ?? NaN;
  return sizeMm !== null && Number.isFinite(gapMm) ? { sizeMm, gapMm } : null;
}

/** By name, in the order that the program needs, those it does not know last. */
function sectionsOf(file: string): ReadonlyMap<string, readonly Row[]> {
  const found = new Map<string, Row[]>();
  let rows: Row[] | null = null;
  for (const [index, whole] of file
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const text = (whole.split('#')[0] ?? '').trim();
    const line = index + 1;
    if (text === '') continue;
    if (HEADER.test(text)) {
      rows = found.get(text) ?? [];
      found.set(text, rows);
    } else if (/\[.*\]/.test(text)) {
      throw unusable(`line ${String(line)}: brackets within a row; the program takes it for the name of a section`);
    } else rows?.push({ text, line });
  }
  const known: readonly string[] = ORDER.filter((name) => found.has(name));
  const others = [...found.keys()].filter((name) => !known.includes(name));
  return new Map([...known, ...others].map((name) => [name, found.get(name) ?? []]));
}

const numbersByKey = (rows: readonly Row[]): ReadonlyMap<string, readonly number[]> =>
  new Map(
    rows.map(({ text }) => {
      const [key = '', ...values] = text.split(/\s+/);
      return [key, values.map(Number)] as const;
    }),
  );

function twoPositive([x = NaN, y = NaN]: readonly number[] = []): readonly [number, number] | null {
  return x > 0 && y > 0 && x < Infinity && y < Infinity ? [x, y] : null;
}

function spotsOf(rows: readonly Row[]): MachineFile['spots'] {
  const spots = rows.map(spotOf).sort((a, b) => a.energyMeV - b.energyMeV);
  if (spots.length < 2) throw unusable('has fewer than two rows in its section [spot]');
  const twice = spots.find(({ energyMeV }, index) => energyMeV === spots[index - 1]?.energyMeV);
  if (twice !== undefined) throw unusable(`has two rows of [spot] for ${String(twice.energyMeV)} MeV`);
  return spots;
}

function spotOf({ text, line }: Row): SpotRow {
  const numbers = text.split(/\s+/).map(Number);
  const at = (column: number): number => numbers[column] ?? NaN;
  const [energyMeV, protonsPerMu] = [at(0), at(SPOT_COLUMNS - 1)];
  if (numbers.length < SPOT_COLUMNS || !numbers.every(Number.isFinite) || energyMeV <= 0 || protonsPerMu <= 0) {
    throw unusable(`line ${String(line)}: a row of [spot] is not eight numbers, energy and protons per MU positive`);
  }
  return { energyMeV: Math.fround(energyMeV), sigmaMm: [at(3), at(4)], sigmaRad: [at(5), at(6)], protonsPerMu };
}

function shiftersOf(rows: readonly Row[]): MachineFile['rangeShifters'] {
  const shifters = new Map<string, number>();
  for (const { text, line } of rows) {
    const [, id, thickness = ''] = /^"([^"]+)"\s+(\S+)[^"]*$/.exec(text) ?? [];
    if (id === undefined || !(Number(thickness) > 0)) {
      throw unusable(`line ${String(line)}: a row of [rangeshifter_thickness] is not "ID" and a thickness`);
    }
    if (shifters.has(id)) throw unusable(`line ${String(line)}: a second thickness of the same range shifter`);
    shifters.set(id, Number(thickness));
  }
  return shifters;
}

/**
 * Linear between rows as the program does it, in 32 bits as it compares; null where it would read beyond its table (also at
 * the lowest energy).
 */
export function machineProtonsPerMu({ spots }: MachineFile, energyMeV: number): number | null {
  const rows = rowsAround(spots, energyMeV);
  if (rows === null) return null;
  const [low, high] = rows;
  const part = (Math.fround(energyMeV) - low.energyMeV) / (high.energyMeV - low.energyMeV);
  return low.protonsPerMu + part * (high.protonsPerMu - low.protonsPerMu);
}

/** The rows between which the program takes what belongs to an energy; null beyond its table. */
export function rowsAround(spots: MachineFile['spots'], energyMeV: number): readonly [SpotRow, SpotRow] | null {
  const energy = Math.fround(energyMeV);
  const above = spots.findIndex((row) => row.energyMeV >= energy);
  const [low, high] = [spots[above - 1], spots[above]];
  return low === undefined || high === undefined ? null : [low, high];
}

export const unusable = (what: string, cause?: unknown): CaseError =>
  operator('engine.machine-file', `the beam data of engine.moqui.machineFile ${what}`, {
    cause,
    remedy: 'correct the file or engine.moqui.machineFile, then: mqi resume ID',
  });
