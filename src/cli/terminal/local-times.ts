/** `2026-11-26T08:05:12.345Z`, `2026-11-26T08:05Z`, `2026-11-26 08:05:12 UTC`: instants within words of the service. */
const INSTANT = /\b(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})?(?:\.\d+)?(?:Z| UTC)\b/g;

const two = (value: number): string => String(value).padStart(2, '0');

/** `2026-11-23 12:30` in local time: what people compare with their clock. */
export function localMinute(at: Date): string {
  const day = `${String(at.getFullYear())}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/**
 * Words for people with the instants in them in local time, as all times of the command line that stand by themselves. Here
 * with the offset, as words are passed on: `since 2026-11-23 12:30 +01:00`.
 */
export function localTimes(words: string): string {
  return words.replace(INSTANT, (whole, day: string, minutes: string, seconds: string | undefined) => {
    const at = new Date(`${day}T${minutes}${seconds ?? ':00'}Z`);
    return Number.isNaN(at.getTime()) ? whole : `${localMinute(at)}${seconds ?? ''} ${offsetOf(at)}`;
  });
}

function offsetOf(at: Date): string {
  const minutes = -at.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
