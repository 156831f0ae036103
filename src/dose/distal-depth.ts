const LEVEL = 0.8;

/**
 * Depth, mm, at which the dose of planes falls to 80 % of its largest behind it, linear between their centres; NaN where it
 * does not fall so far. The first plane's upstream face is depth 0.
 */
export function distal80Mm(planes: Float64Array, spacingMm: number): number {
  let peak = 0;
  for (let i = 1; i < planes.length; i++) if (at(planes, i) > at(planes, peak)) peak = i;
  const level = LEVEL * at(planes, peak);
  for (let i = peak + 1; i < planes.length; i++) {
    const [above, below] = [at(planes, i - 1), at(planes, i)];
    if (below < level) return (i - 0.5 + (above - level) / (above - below)) * spacingMm;
  }
  return NaN;
}

const at = (values: Float64Array, index: number): number => values[index] ?? 0;
