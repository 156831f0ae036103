import type { EpochMs } from '../../../domain/time.js';

/** A moment as DICOM writes it: local wall clock (DA, TM) and its offset from UTC (`+hhmm`). */
export interface WallClock {
  readonly date: string;
  readonly time: string;
  readonly offsetFromUtc: string;
}

/** The wall clock of this machine's time zone at a moment. dcmjs would write UTC. */
export function wallClock(moment: EpochMs): WallClock {
  const at = new Date(moment);
  const two = (value: number): string => String(value).padStart(2, '0');
  const offset = -at.getTimezoneOffset();
  const minutes = Math.abs(offset);
  return {
    date: `${String(at.getFullYear()).padStart(4, '0')}${two(at.getMonth() + 1)}${two(at.getDate())}`,
    time: `${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`,
    offsetFromUtc: `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`,
  };
}

/** The moment that `wallClock` wrote; null for anything else. */
export function momentOf({ date, time, offsetFromUtc }: WallClock): EpochMs | null {
  const written = `${date}T${time}${offsetFromUtc}`;
  const form = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d{3})([+-]\d\d)(\d\d)$/;
  if (!form.test(written)) return null;
  const moment = Date.parse(written.replace(form, '$1-$2-$3T$4:$5:$6$7:$8'));
  return Number.isNaN(moment) ? null : moment;
}
