/** A curve of dose along the beam: its value at startMm, startMm + stepMm, ... behind the isocentre. */
export interface DoseCurve {
  readonly startMm: number;
  readonly stepMm: number;
  readonly values: Float64Array;
}

const LEVEL = 0.8;
const ROUNDING = 1e-6;

/**
 * The last place along the beam where the dose is 80 % of its largest value, mm behind the isocentre: looked for from the far end, so
 * that neither the ripple of a spread-out peak nor the noise of a simulation is taken for it. Null where the dose does not fall so far.
 */
export function distal80At({ startMm, stepMm, values }: DoseCurve): number | null {
  const level = LEVEL * values.reduce((most, value) => Math.max(most, value), 0);
  const last = values.findLastIndex((value) => value >= level);
  const [above, below] = [values[last] ?? 0, values[last + 1]];
  if (level === 0 || below === undefined) return null;
  return startMm + (last + (above - level) / (above - below)) * stepMm;
}

/** The curve at another place, linear between its own; up to half a step beyond its ends as at the end, further away 0. */
export function valueAt({ startMm, stepMm, values }: DoseCurve, atMm: number): number {
  const exact = (atMm - startMm) / stepMm;
  const last = values.length - 1;
  if (exact < -0.5 - ROUNDING || exact > last + 0.5 + ROUNDING) return 0;
  const index = Math.min(Math.max(exact, 0), last);
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
