import type { EpochMs } from './time.js';

/** A folder of the inbox that is not yet taken: it is still being copied, or its ready marker is still to come (table `intake_folders`). */
export interface Arrival {
  /** Below the inbox, `/` between segments. May carry patient data: never logged. */
  readonly folder: string;
  readonly files: number;
  readonly bytes: number;
  /** When something in it was last seen to change. */
  readonly lastChangeAt: EpochMs;
}

/** An arrival, and the inbox it lies in ('' for the first one). */
export interface InboxArrival extends Arrival {
  readonly inbox: string;
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;
const MS_PER_SECOND = 1000;

/** `still copying, 812 files, 3.1 GB, last change 4 s ago`: what people read while a folder arrives. */
export function arrivalWords({ files, bytes, lastChangeAt }: Omit<Arrival, 'folder'>, now: EpochMs): string {
  const counted = `${String(files)} ${files === 1 ? 'file' : 'files'}`;
  return `still copying, ${counted}, ${sizeWords(bytes)}, last change ${agoWords(now - lastChangeAt)} ago`;
}

/** Decimal units, as file managers show them. */
function sizeWords(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < UNITS.length - 1; unit += 1) value /= 1000;
  return `${unit === 0 ? String(value) : value.toFixed(1)} ${UNITS[unit] ?? ''}`;
}

function agoWords(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / MS_PER_SECOND));
  if (seconds < 120) return `${String(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${String(minutes)} min` : `${String(Math.round(minutes / 60))} h`;
}
