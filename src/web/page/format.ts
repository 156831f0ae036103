/*
 * How figures and times are written. Times are shown in the zone of the browser, to the minute where seconds say nothing.
 */

const two = (value: number): string => String(value).padStart(2, '0');

/** `14:05` */
export const clockTime = (iso: string): string => {
  const at = new Date(iso);
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
};

/** `2026-11-26` */
export const dayOf = (iso: string): string => {
  const at = new Date(iso);
  return `${String(at.getFullYear())}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
};

/** `2026-11-26 14:05`; nothing for null. */
export const moment = (iso: string | null): string => (iso === null ? '' : `${dayOf(iso)} ${clockTime(iso)}`);

/** `14:05` today, else `11-24 14:05`. */
export function shortMoment(iso: string, now: Date = new Date()): string {
  const day = dayOf(iso);
  return day === dayOf(now.toISOString()) ? clockTime(iso) : `${day.slice(5)} ${clockTime(iso)}`;
}

/** `0.4 s`, `42 s`, `3 min 10 s`, `2 h 05 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${String(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${String(minutes)} min ${two(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${String(hours)} h ${two(minutes % 60)} min`;
  return `${String(Math.floor(hours / 24))} d ${String(hours % 24)} h`;
}

/** Progress as a whole number that is 100 only when all is done. */
export const percent = (value: number): string => `${String(Math.floor(value))} %`;

/** `1.5 TB`, in powers of ten as disks are sold. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  const power = Math.min(units.length - 1, count < 1 ? 0 : Math.floor(Math.log10(count) / 3));
  const value = count / 1000 ** power;
  return `${power === 0 || value >= 100 ? String(Math.round(value)) : value.toFixed(1)} ${units[power] ?? ''}`;
}
