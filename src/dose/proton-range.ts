/**
 * CSDA ranges of protons in liquid water, g/cm2, by energy, MeV: NIST PSTAR (Berger et al., NISTIR 4999,
 * https://physics.nist.gov/PhysRefData/Star/Text/PSTAR.html), which follows ICRU report 49.
 */
const PSTAR_WATER = [
  [1, 2.458e-3], [1.5, 4.698e-3], [2, 7.555e-3], [2.5, 1.099e-2], [3, 1.499e-2], [4, 2.458e-2], [5, 3.623e-2],
  [6, 4.984e-2], [7, 6.537e-2], [8, 8.277e-2], [9, 0.102], [10, 0.123], [12.5, 0.1832], [15, 0.2539], [17.5, 0.335],
  [20, 0.426], [25, 0.637], [30, 0.8853], [35, 1.17], [40, 1.489], [45, 1.841], [50, 2.227], [55, 2.644], [60, 3.093],
  [65, 3.572], [70, 4.08], [75, 4.618], [80, 5.184], [85, 5.777], [90, 6.398], [95, 7.045], [100, 7.718],
  [125, 11.46], [150, 15.77], [175, 20.62], [200, 25.96], [225, 31.74], [250, 37.94], [275, 44.52], [300, 51.45],
] as const; // prettier-ignore

const LOG_ENERGY = PSTAR_WATER.map(([energyMeV]) => Math.log(energyMeV));
const LOG_RANGE = PSTAR_WATER.map(([, gPerCm2]) => Math.log(gPerCm2 * 10));

/** Energies the tables hold for, MeV. */
export const RANGE_TABLE_MEV = [1, 300] as const;

/** Range in water, mm, of a proton of 1 to 300 MeV. */
export const rangeMm = (energyMeV: number): number => Math.exp(cubic(LOG_ENERGY, LOG_RANGE, Math.log(energyMeV)));

/** Energy, MeV, of a proton with that much range in water left, mm; 1 MeV at the least. */
export const energyWithRangeMeV = (residualMm: number): number =>
  residualMm <= Math.exp(LOG_RANGE[0] ?? 0) ? 1 : Math.exp(cubic(LOG_RANGE, LOG_ENERGY, Math.log(residualMm)));

/** Lagrange's cubic through the four table points around x. */
function cubic(xs: readonly number[], ys: readonly number[], x: number): number {
  const above = xs.findIndex((known) => known >= x);
  const first = Math.min(Math.max((above < 0 ? xs.length : above) - 2, 0), xs.length - 4);
  let sum = 0;
  for (let i = first; i < first + 4; i++) {
    let term = ys[i] as number;
    for (let j = first; j < first + 4; j++) {
      if (j !== i) term *= (x - (xs[j] as number)) / ((xs[i] as number) - (xs[j] as number));
    }
    sum += term;
  }
  return sum;
}
