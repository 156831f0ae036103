import { moment } from './format.js';

/**
 * Fields of answers that hold words of the service for people. Instants within them are UTC, as everywhere in the interface;
 * everything else on the page is local. An instant that is a field of its own is format.ts's.
 */
const WORDS: ReadonlySet<string> = new Set([
  'status',
  'waitingFor',
  'heldBecause',
  'reason',
  'message',
  'remedy',
  'detail',
  'problem',
  'lostBecause',
  'outOfService',
  'occupied',
]);

/** `2026-11-26T08:05:12.345Z`, `2026-11-26T08:05Z`, `2026-11-26 08:05:12 UTC`. */
const INSTANT = /\b(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})?(?:\.\d+)?(?:Z| UTC)\b/g;

/** The text of a field of an answer, with the times that stand in words in the zone of the browser. */
export function withLocalTimes(field: string, text: string): string {
  if (!WORDS.has(field)) return text;
  return text.replace(INSTANT, (whole, day: string, minutes: string, seconds = '') => {
    const iso = `${day}T${minutes}Z`;
    return Number.isNaN(Date.parse(iso)) ? whole : `${moment(iso)}${String(seconds)}`;
  });
}
