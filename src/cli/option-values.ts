import { InvalidArgumentError } from 'commander';
import type { EpochMs } from '../domain/time.js';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Parser of an option or argument that is a whole number within bounds. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^-?\d+$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    const rule = most === Number.MAX_SAFE_INTEGER ? `from ${String(least)}` : `${String(least)} to ${String(most)}`;
    throw new InvalidArgumentError(`A whole number ${rule} is wanted.`);
  };
}

/** A moment in the past: ISO 8601 (a date alone is midnight local time), or an age such as 90m, 12h, 7d. */
export function pastTime(now: () => EpochMs): (text: string) => EpochMs {
  return (text) => {
    const age = /^(\d+)([smhd])$/.exec(text);
    if (age !== null) return now() - Number(age[1]) * (UNIT_MS[age[2] ?? ''] ?? NaN);
    const local = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00` : text;
    const at = /^\d{4}-\d{2}-\d{2}T/.test(local) ? Date.parse(local) : NaN;
    if (Number.isNaN(at)) throw new InvalidArgumentError('Wanted: 2026-11-23, 2026-11-23T08:00, 90m, 12h or 7d.');
    return at;
  };
}
