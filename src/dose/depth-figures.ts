import { distal80Mm } from './distal-depth.js';

/** A curve of dose along the beam: its value at startMm, startMm + stepMm, ... behind the isocentre. */
export interface DoseCurve {
  readonly startMm: number;
  readonly stepMm: number;
  readonly values: Float64Array;
}

/** Where along the beam the dose falls to 80 % behind its largest value, mm behind the isocentre; null where it does not. */
export function distal80At({ startMm, stepMm, values }: DoseCurve): number | null {
  const depth = distal80Mm(values, stepMm);
  return Number.isFinite(depth) ? startMm + depth - stepMm / 2 : null;
}

/** The curve at another place, linear between its own; 0 beyond its ends. */
export function valueAt({ startMm, stepMm, values }: DoseCurve, atMm: number): number {
  const index = (atMm - startMm) / stepMm;
  const below = Math.floor(index);
  const part = index - below;
  return (1 - part) * (values[below] ?? 0) + (part === 0 ? 0 : part * (values[below + 1] ?? 0));
}

/**
 * Water-equivalent depth at each place of a line: what of the medium lies before it, by its stopping power relative to water.
 * @param relativeStoppingPower at each place
 */
export function waterDepths(relativeStoppingPower: ArrayLike<number>, stepMm: number): Float64Array {
  const depths = new Float64Array(relativeStoppingPower.length);
  for (let i = 1; i < depths.length; i++) {
    const between = ((relativeStoppingPower[i - 1] ?? 0) + (relativeStoppingPower[i] ?? 0)) / 2;
    depths[i] = (depths[i - 1] ?? 0) + between * stepMm;
  }
  return depths;
}
