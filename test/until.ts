/** Looking takes a fifth of the time at most, where that does not make it seldom: on two cores it takes from what is waited for. */
const LONGER_THAN_LOOKING = 4;
const SELDOM_MS = 250;

/**
 * Resolves once `condition` gives something other than false, null or undefined, with what it gave; looks every few
 * milliseconds, or as often as told, and less often where looking itself takes long (a process, a page). Rejects after
 * `limitMs`, saying what was waited for. Tests wait for facts, never for a length of time.
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  limitMs = 20_000,
  everyMs = 5,
): Promise<Exclude<T, false | null | undefined>> {
  const end = performance.now() + limitMs;
  for (;;) {
    const began = performance.now();
    const value = await condition();
    const now = performance.now();
    if (value !== false && value !== null && value !== undefined) return value as Exclude<T, false | null | undefined>;
    if (now > end) throw new Error(`waited ${String(limitMs)} ms for: ${what}`);
    const pauseMs = Math.max(everyMs, Math.min(LONGER_THAN_LOOKING * (now - began), SELDOM_MS));
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
