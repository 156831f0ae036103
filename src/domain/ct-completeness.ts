import { planesOf } from './ct-choice.js';
import { AXIS_NAMES, roundMm, sliceSpacing, stackSlices, tolerance } from './ct-series.js';
import type { CtStack, SliceSpacing } from './ct-series.js';
import { input } from './errors.js';
import type { CtSlice, StructureSetFile } from './inventory.js';

export interface CtCompleteness {
  /** What is missing, in words; null when the CT is whole. */
  readonly missing: string | null;
  readonly remarks: readonly string[];
}

/**
 * Whether all slices are there: those the structure set lists for this series, where one does, and even spacing always.
 * @throws input `ct.uneven-spacing` when all listed slices are there and yet no even grid fits; and as `stackSlices`
 */
export function ctCompleteness(slices: readonly CtSlice[], structureSets: readonly StructureSetFile[]): CtCompleteness {
  const stack = stackSlices(slices);
  const spacing = sliceSpacing(stack.offsetsMm);
  const listed = listedPlanes(slices, structureSets);
  const expected = listed === null ? 0 : listed.expected;
  const absent = Math.max(expected - slices.length, spacing.missingMm.length);
  if (absent > 0) return { missing: incomplete(stack, spacing, absent), remarks: [] };
  if (slices.length < 2) return { missing: 'a complete CT: 1 slice, whose neighbours are missing', remarks: [] };
  if (!spacing.even && listed === null) return { missing: uneven(slices.length), remarks: [] };
  if (!spacing.even) {
    throw input('ct.uneven-spacing', 'the CT slices are all there, but not evenly spaced', {
      remedy: 'resample the CT to even spacing in the planning system and export it again',
    });
  }
  const renamed = listed !== null && listed.matched === 0;
  return { missing: null, remarks: renamed ? ['the structure set lists the CT slices under other UIDs'] : [] };
}

/**
 * How many slices the series should have. Senders re-mint SOP instance UIDs: where no listed plane is among the slices
 * the number of planes still tells; where some are, the slices it does not list count on top.
 */
function listedPlanes(
  slices: readonly CtSlice[],
  structureSets: readonly StructureSetFile[],
): { readonly expected: number; readonly matched: number } | null {
  const planes = new Set(structureSets.flatMap((set) => planesOf(set, slices)));
  if (planes.size === 0) return null;
  const matched = slices.filter((slice) => planes.has(slice.sopInstanceUid)).length;
  const expected = matched === 0 ? planes.size : planes.size + slices.length - matched;
  return { expected, matched };
}

const uneven = (count: number): string => `a complete CT: ${String(count)} slices that are not evenly spaced`;

function incomplete(stack: CtStack, spacing: SliceSpacing, absent: number): string {
  const present = stack.slices.length;
  const head = `a complete CT: ${String(present)} of ${String(present + absent)} slices`;
  const positions = absentPositions(stack, spacing, absent);
  const count = `(${String(absent)} ${absent === 1 ? 'slice' : 'slices'})`;
  if (positions === null) return `${head} ${count.replace('(', '(missing ')}`;
  const ranges = rangesOf(positions, spacing.spacingMm ?? 0);
  return `${head}, missing ${AXIS_NAMES[stack.sliceAxis]} = ${ranges.join(' and ')} mm ${count}`;
}

/**
 * Where the absent slices should lie: in the gaps, or, when slices are missing at the ends too, where their instance
 * numbers 1 to N put them, if the present ones bear that out. Null when nothing tells.
 */
function absentPositions(stack: CtStack, spacing: SliceSpacing, absent: number): readonly number[] | null {
  if (spacing.missingMm.length === absent) return spacing.missingMm;
  const total = stack.slices.length + absent;
  const at = spacing.spacingMm === null ? null : positionByNumber(stack, spacing.spacingMm, total);
  if (at === null) return null;
  const present = new Set(stack.slices.map((slice) => slice.instanceNumber));
  const numbers = Array.from({ length: total }, (_, i) => i + 1).filter((n) => !present.has(n));
  return numbers.map(at).sort((a, b) => a - b);
}

/** Position of the slice with a number, if the numbers and positions of those present go together. */
function positionByNumber(stack: CtStack, spacingMm: number, total: number): ((n: number) => number) | null {
  const numbers = stack.slices.map((slice) => slice.instanceNumber ?? NaN);
  const [firstNumber = NaN] = numbers;
  const [firstMm = NaN] = stack.offsetsMm;
  const step = (numbers.at(-1) ?? NaN) < firstNumber ? -spacingMm : spacingMm;
  const at = (n: number): number => firstMm + (n - firstNumber) * step;
  const fits = numbers.every((n, i) => {
    return n >= 1 && n <= total && Math.abs(at(n) - (stack.offsetsMm[i] ?? NaN)) <= tolerance(spacingMm);
  });
  return fits ? at : null;
}

/** Neighbours joined: `-139 to -16`, or one position alone. */
function rangesOf(positionsMm: readonly number[], spacingMm: number): readonly string[] {
  const ranges: [number, number][] = [];
  for (const position of positionsMm) {
    const open = ranges.at(-1);
    if (open !== undefined && position - open[1] <= spacingMm + tolerance(spacingMm)) open[1] = position;
    else ranges.push([position, position]);
  }
  const text = (mm: number): string => String(roundMm(mm));
  return ranges.map(([from, to]) => (from === to ? text(from) : `${text(from)} to ${text(to)}`));
}
