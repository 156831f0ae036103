import { input } from './errors.js';
import type { CtSlice } from './inventory.js';
import type { Grid } from './grid.js';
import type { Vec3 } from './vector.js';

/** A direction along a patient axis: 0 x, 1 y, 2 z; `sign` -1 when it runs against it. */
export interface AxisDirection {
  readonly axis: 0 | 1 | 2;
  readonly sign: 1 | -1;
}

/** Slices of one series in the order of their position along the patient axis they are stacked on. */
export interface CtStack {
  /** Along a stored row: the direction of growing column index. */
  readonly rowDirection: AxisDirection;
  /** Along a stored column: the direction of growing row index. */
  readonly columnDirection: AxisDirection;
  readonly sliceAxis: 0 | 1 | 2;
  /** Ascending by `offsetsMm`. */
  readonly slices: readonly CtSlice[];
  /** Position of each slice along the slice axis. */
  readonly offsetsMm: readonly number[];
}

/** Sine of the largest tilt that is still taken as along an axis: 0.5 mm over a 500 mm field of view. */
const AXIS_TOLERANCE = 1e-3;
/** Positions are decimal strings, rounded by their writers. */
const POSITION_TOLERANCE_MM = 0.01;
const SPACING_TOLERANCE = 0.02;

/**
 * Sorts slices along their normal, whatever axis that is.
 * @throws input `ct.oblique`, `ct.inconsistent`, `ct.duplicate-slices`
 */
export function stackSlices(slices: readonly CtSlice[]): CtStack {
  const [first] = slices;
  if (first === undefined) throw input('ct.inconsistent', 'the CT series has no slices');
  const rowDirection = axisDirection(first.orientation.slice(0, 3));
  const columnDirection = axisDirection(first.orientation.slice(3, 6));
  if (rowDirection === null || columnDirection === null || rowDirection.axis === columnDirection.axis) {
    throw input('ct.oblique', 'the CT slices do not lie along the patient axes (oblique or tilted gantry)', {
      remedy: 'resample the CT to axial slices in the planning system and export it again',
    });
  }
  for (const slice of slices) requireLike(first, slice, rowDirection.axis, columnDirection.axis);
  const sliceAxis =
    ([0, 1, 2] as const).find((axis) => axis !== rowDirection.axis && axis !== columnDirection.axis) ?? 2;
  const sorted = [...slices].sort((a, b) => a.positionMm[sliceAxis] - b.positionMm[sliceAxis]);
  const offsetsMm = sorted.map((slice) => slice.positionMm[sliceAxis]);
  offsetsMm.forEach((offset, i) => {
    if (i > 0 && offset - (offsetsMm[i - 1] ?? 0) < POSITION_TOLERANCE_MM) throw duplicate(offset, sliceAxis);
  });
  return { rowDirection, columnDirection, sliceAxis, slices: sorted, offsetsMm };
}

export interface SliceSpacing {
  /** The smallest step between neighbours; null for a single slice. */
  readonly spacingMm: number | null;
  /** Positions between the first and the last slice at which one is missing. */
  readonly missingMm: readonly number[];
  /** False when a step is no multiple of the smallest: then no even grid fits. */
  readonly even: boolean;
}

/** Whether the slices stand evenly, and which are missing in between. */
export function sliceSpacing(offsetsMm: readonly number[]): SliceSpacing {
  if (offsetsMm.length < 2) return { spacingMm: null, missingMm: [], even: true };
  const steps = offsetsMm.slice(1).map((offset, i) => offset - (offsetsMm[i] ?? 0));
  const smallest = Math.min(...steps);
  const missingMm: number[] = [];
  let even = true;
  steps.forEach((step, i) => {
    const times = Math.round(step / smallest);
    if (Math.abs(step - times * smallest) > tolerance(smallest) * times) even = false;
    for (let k = 1; k < times; k++) missingMm.push((offsetsMm[i] ?? 0) + (step * k) / times);
  });
  const singles = steps.filter((step) => Math.round(step / smallest) === 1);
  const spacingMm = singles.reduce((sum, step) => sum + step, 0) / singles.length;
  return { spacingMm: roundMm(spacingMm), missingMm, even };
}

export const tolerance = (spacingMm: number): number => Math.max(POSITION_TOLERANCE_MM, SPACING_TOLERANCE * spacingMm);

/** The grid of an evenly spaced, complete stack. */
export function ctGrid(stack: CtStack, sliceSpacingMm: number): Grid {
  const [first] = stack.slices;
  if (first === undefined) throw input('ct.inconsistent', 'the CT series has no slices');
  const origin: [number, number, number] = [...first.positionMm];
  const spacing: [number, number, number] = [sliceSpacingMm, sliceSpacingMm, sliceSpacingMm];
  const size: [number, number, number] = [stack.slices.length, stack.slices.length, stack.slices.length];
  const lay = ({ axis, sign }: AxisDirection, count: number, spacingMm: number): void => {
    size[axis] = count;
    spacing[axis] = spacingMm;
    if (sign < 0) origin[axis] = roundMm(origin[axis] - (count - 1) * spacingMm);
  };
  lay(stack.rowDirection, first.columns, first.pixelSpacingMm[1]);
  lay(stack.columnDirection, first.rows, first.pixelSpacingMm[0]);
  return { originMm: origin, spacingMm: spacing, size };
}

/** To 1e-6 mm, so that sums of decimals look as they were written. */
export const roundMm = (mm: number): number => Math.round(mm * 1e6) / 1e6;

export const AXIS_NAMES = ['x', 'y', 'z'] as const;

function axisDirection(cosines: readonly number[]): AxisDirection | null {
  const axis = ([0, 1, 2] as const).find((i) => Math.abs(cosines[i] ?? 0) > 0.9);
  if (axis === undefined) return null;
  if (cosines.some((cosine, i) => i !== axis && Math.abs(cosine) > AXIS_TOLERANCE)) return null;
  return { axis, sign: (cosines[axis] ?? 0) > 0 ? 1 : -1 };
}

function requireLike(first: CtSlice, slice: CtSlice, rowAxis: 0 | 1 | 2, columnAxis: 0 | 1 | 2): void {
  const near = (a: Vec3 | readonly number[], b: readonly number[], i: number, within: number): boolean =>
    Math.abs((a[i] ?? 0) - (b[i] ?? 0)) <= within;
  const alike =
    slice.rows === first.rows &&
    slice.columns === first.columns &&
    [0, 1].every((i) => near(slice.pixelSpacingMm, first.pixelSpacingMm, i, 1e-4)) &&
    first.orientation.every((_, i) => near(slice.orientation, first.orientation, i, AXIS_TOLERANCE)) &&
    [rowAxis, columnAxis].every((axis) => near(slice.positionMm, first.positionMm, axis, 0.1));
  if (alike) return;
  throw input('ct.inconsistent', 'the CT slices differ in size, pixel spacing, orientation or in-plane position', {
    remedy: 'leave only the slices of the planning CT in the folder',
  });
}

const duplicate = (offsetMm: number, axis: 0 | 1 | 2) =>
  input('ct.duplicate-slices', `two CT slices lie at ${AXIS_NAMES[axis]} = ${String(roundMm(offsetMm))} mm`, {
    remedy: 'leave only the slices of the planning CT in the folder',
  });
