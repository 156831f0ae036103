/** `GPU-1, GPU-2 (why), GPU-3 (another why)`: places that are not to be had, those of one reason together. */
export function placesAndWhy(blocked: readonly { readonly place: string; readonly why: string }[]): string {
  const byReason = new Map<string, string[]>();
  for (const { place, why } of blocked)
    byReason.set(why, [...(byReason.get(why) ?? []).filter((other) => other !== place), place]);
  return [...byReason].map(([why, places]) => `${places.join(', ')} (${why})`).join(', ');
}
