import type { EpochMs } from '../../domain/time.js';
import { doubtful, fine, type Finding } from './finding.js';

/** Delivery logs tell the time of the treatment room: we read them in the zone of this machine. An unknown zone is UTC to Node. */
export function checkTimeZone(asked: string | undefined, now: EpochMs): Finding {
  const name = 'time zone';
  if (asked !== undefined && asked !== '' && !isKnown(asked.replace(/^:/, ''))) {
    const message = `TZ names a zone that is not known (${asked}); times are taken for UTC`;
    return doubtful(name, message, 'set TZ to a name such as Europe/Berlin, or leave it out; install tzdata');
  }
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  return fine(name, `${timeZone}, ${String(-new Date(now).getTimezoneOffset())} min ahead of UTC`);
}

function isKnown(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false; // that is how Intl says it
  }
}
