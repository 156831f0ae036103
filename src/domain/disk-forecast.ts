import type { EpochMs } from './time.js';

/** Free space at a time, as the service saw it (table `disk_samples`). */
export interface DiskSample {
  readonly at: EpochMs;
  readonly freeBytes: number;
}

export type DiskForecast =
  /** Too few samples, or over too short a time. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'steady' }
  /** `days` from now, at the present rate, until only the limit is left. */
  | { readonly kind: 'fills'; readonly days: number; readonly bytesPerDay: number };

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A fortnight: two weeks with their weekends. */
export const FORECAST_SPAN_MS = 14 * DAY_MS;
/** Less than this says more of one case than of a trend. */
const SHORTEST_MS = 12 * HOUR_MS;
const FEWEST = 6;
/** Beyond that, nobody plans. */
const FURTHEST_DAYS = 365;

/**
 * When the disk will be down to `limitBytes`: the median of the slopes between all pairs of samples (Theil-Sen; P. K. Sen,
 * J. Am. Stat. Assoc. 63 (1968) 1379), which one large case that came and went does not move.
 * @param samples oldest first
 */
export function diskForecast(samples: readonly DiskSample[], limitBytes: number, now: EpochMs): DiskForecast {
  const some = thinned(samples);
  const [first, last] = [some[0], some.at(-1)];
  if (first === undefined || last === undefined) return { kind: 'unknown' };
  if (some.length < FEWEST || last.at - first.at < SHORTEST_MS) return { kind: 'unknown' };
  const bytesPerDay = -median(slopes(some)) * DAY_MS;
  const days = (last.freeBytes - limitBytes) / bytesPerDay - (now - last.at) / DAY_MS;
  if (!(bytesPerDay > 0) || days > FURTHEST_DAYS) return { kind: 'steady' };
  return { kind: 'fills', days: Math.max(0, days), bytesPerDay };
}

/** For people: `full in 9 days`. */
export function forecastWords(forecast: DiskForecast): string {
  if (forecast.kind === 'unknown') return 'not known yet: the service has not run long enough';
  if (forecast.kind === 'steady') return 'not filling up';
  const rate = `${(forecast.bytesPerDay / 2 ** 30).toFixed(1)} GiB a day`;
  const days = Math.floor(forecast.days);
  if (days < 1) return `down to the limit within a day, ${rate}`;
  return `down to the limit in ${days === 1 ? 'a day' : `${String(days)} days`}, ${rate}`;
}

/** At most 100, evenly, with the last one: all pairs are looked at. */
function thinned(samples: readonly DiskSample[]): readonly DiskSample[] {
  const step = Math.ceil(samples.length / 100);
  return samples.filter((_, index) => (samples.length - 1 - index) % step === 0);
}

function slopes(samples: readonly DiskSample[]): number[] {
  return samples.flatMap((one, index) =>
    samples.slice(index + 1).flatMap((other) => {
      const ms = other.at - one.at;
      return ms > 0 ? [(other.freeBytes - one.freeBytes) / ms] : [];
    }),
  );
}

function median(values: number[]): number {
  const sorted = values.sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return ((low ?? NaN) + (high ?? NaN)) / 2;
}
