/** Integral of the unit Gaussian from minus infinity to x, from a table: absolute error below 1e-6. */
export function gaussianCdf(x: number): number {
  if (x <= -REACH) return 0;
  if (x >= REACH) return 1;
  const position = (x + REACH) * PER_SIGMA;
  const i = Math.floor(position);
  const below = TABLE[i] as number;
  return below + (position - i) * ((TABLE[i + 1] as number) - below);
}

const REACH = 6;
const PER_SIGMA = 256;
const TABLE = cdfTable();

/** Simpson's rule over each interval of the table, from the middle outwards by symmetry of the sum. */
function cdfTable(): Float64Array {
  const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  const table = new Float64Array(2 * REACH * PER_SIGMA + 2);
  const width = 1 / PER_SIGMA;
  for (let i = 1; i < table.length; i++) {
    const to = -REACH + i * width;
    const area = (width / 6) * (density(to - width) + 4 * density(to - width / 2) + density(to));
    table[i] = (table[i - 1] as number) + area;
  }
  return table;
}
