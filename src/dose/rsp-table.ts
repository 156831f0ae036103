/**
 * Relative stopping power of every int16 CT number, at index hu + 32768: piecewise linear through the given points (in any
 * order), constant beyond the first and the last, never negative.
 */
export function rspTable(points: readonly (readonly [number, number])[]): Float32Array {
  const sorted = [...points].sort((a, b) => a[0] - b[0]);
  const table = new Float32Array(65_536);
  let next = 0;
  for (let hu = -32_768; hu <= 32_767; hu++) {
    while (next < sorted.length && (sorted[next]?.[0] ?? 0) < hu) next++;
    const above = sorted[next] ?? sorted.at(-1) ?? [0, 0];
    const below = sorted[next - 1] ?? above;
    const width = above[0] - below[0];
    const part = width > 0 ? (hu - below[0]) / width : 0;
    table[hu + 32_768] = Math.max(below[1] + part * (above[1] - below[1]), 0);
  }
  return table;
}
