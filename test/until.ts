/**
 * Resolves once `condition` gives something other than false, null or undefined, with what it gave; looks every few
 * milliseconds, or as often as told. Rejects after `limitMs`, saying what was waited for. Tests wait for facts, never for a length of time.
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  limitMs = 20_000,
  everyMs = 5,
): Promise<Exclude<T, false | null | undefined>> {
  const end = performance.now() + limitMs;
  for (;;) {
    const value = await condition();
    if (value !== false && value !== null && value !== undefined) return value as Exclude<T, false | null | undefined>;
    if (performance.now() > end) throw new Error(`waited ${String(limitMs)} ms for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
