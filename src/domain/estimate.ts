import type { Beam } from './beam.js';

/** Gives the expected time of a beam, ms; null while nothing is known. */
export type Estimator = (beam: BeamWork) => number | null;

/** What the time of a beam depends on. */
export type BeamWork = Pick<Beam, 'spots' | 'energyMinMeV' | 'energyMaxMeV'>;

/** Fewer give no slope that means anything: then every beam counts as the middle one. */
const ENOUGH_FOR_A_SLOPE = 5;
/** Newest first; every pair of these is looked at. */
const MOST_SAMPLES = 100;
/** Range of protons in water goes with this power of the energy (Bragg-Kleeman). */
const RANGE_POWER = 1.77;

/** Spots times how deep they go: what both Monte Carlo and pencil beams spend their time on. */
export const workOf = ({ spots, energyMinMeV, energyMaxMeV }: BeamWork): number =>
  Math.max(1, spots) * Math.max(1, (energyMinMeV + energyMaxMeV) / 2) ** RANGE_POWER;

/**
 * From beams that have finished, newest first: time as a straight line over work by the median of all slopes between two
 * of them (Theil-Sen), so that a few odd ones (a slow disk, a stopped machine) do not bend it.
 */
export function estimatorFrom(finished: readonly Beam[]): Estimator {
  const samples = finished.slice(0, MOST_SAMPLES).flatMap((beam) => {
    const tookMs = (beam.finishedAt ?? 0) - (beam.startedAt ?? Infinity);
    return tookMs > 0 ? [{ work: workOf(beam), tookMs }] : [];
  });
  const middle = median(samples.map(({ tookMs }) => tookMs));
  if (middle === null) return () => null;
  const slopes = samples.flatMap((a, i) =>
    samples.slice(i + 1).flatMap((b) => (a.work === b.work ? [] : [(b.tookMs - a.tookMs) / (b.work - a.work)])),
  );
  const slope = samples.length < ENOUGH_FOR_A_SLOPE ? null : median(slopes);
  if (slope === null || slope <= 0) return () => middle;
  const offset = Math.max(0, median(samples.map(({ work, tookMs }) => tookMs - slope * work)) ?? 0);
  return (beam) => Math.round(offset + slope * workOf(beam));
}

/** Null of none. */
function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  const next = sorted[Math.ceil((sorted.length - 1) / 2)];
  return middle === undefined || next === undefined ? null : (middle + next) / 2;
}
