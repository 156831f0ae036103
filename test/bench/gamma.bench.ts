import { GAMMA_2_2 } from '../../src/domain/dose-comparison.js';
import { gammaIndex } from '../../src/dose/gamma.js';
import type { DoseOnGrid } from '../../src/dose/dose-on-grid.js';
import { bruteForceGamma } from '../builders/brute-force-gamma.js';

/*
 * Gamma 2 %/2 mm of 200 x 200 x 200 voxels of 2 mm: a field with penumbra, Bragg peak and fall-off, against itself with noise and
 * against a dose 3 % higher. Beside it, in the same run, one plain pass over the values, and what trying every point of a mesh
 * of 0.2 mm takes for a few of the points.
 */
const SIDE = 200;
const TRIED = 20;
const print = (line: string): void => void process.stdout.write(`${line}\n`);

let seed = 1;
const noise = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647 - 0.5;

function field(relativeNoise: number, factor: number): DoseOnGrid {
  const values = Float32Array.from({ length: SIDE ** 3 }, (_, at) => {
    const [i, j, k] = [at % SIDE, Math.floor(at / SIDE) % SIDE, Math.floor(at / SIDE ** 2)];
    const side = Math.exp(-((i - 100) ** 2 + (j - 100) ** 2) / (2 * 25 ** 2));
    const depth = (0.3 + 0.7 * Math.exp(-(((k - 120) / 12) ** 2))) * (k < 140 ? 1 : Math.exp(-(((k - 140) / 3) ** 2)));
    return 2 * factor * side * depth * (1 + relativeNoise * noise() * Math.sqrt(12));
  });
  return { grid: { originMm: [0, 0, 0], spacingMm: [2, 2, 2], size: [SIDE, SIDE, SIDE] }, values };
}

function timed<T>(work: () => T): [number, T] {
  const start = performance.now();
  const result = work();
  return [performance.now() - start, result];
}

const reference = field(0, 1);
const [plainMs] = timed(() => reference.values.reduce((sum, gy) => sum + gy * gy, 0));
print(`one plain pass over ${String(SIDE ** 3)} voxels: ${plainMs.toFixed(0)} ms`);
const few = {
  grid: { ...reference.grid, size: [TRIED, 1, 1], originMm: [180, 180, 240] } as const,
  values: reference.values.slice(0, TRIED),
};
few.values.forEach((_, n) => (few.values[n] = reference.values[90 + n + SIDE * (90 + SIDE * 120)] ?? 0));
for (const [what, evaluated] of [
  ['the same', reference],
  ['1 % noise', field(0.01, 1)],
  ['2 % noise', field(0.02, 1)],
  ['3 % more', field(0, 1.03)],
] as const) {
  const [ms, { points, passed, mean }] = timed(() => gammaIndex(reference, evaluated, GAMMA_2_2));
  const [naiveMs] = timed(() => bruteForceGamma(few, evaluated, GAMMA_2_2, 0.2));
  const perPoint = (ms * 1000) / points;
  const naive = (naiveMs * 1000) / TRIED;
  print(
    `${what}: ${(ms / 1000).toFixed(1)} s, ${(ms / plainMs).toFixed(0)} plain passes; ${String(points)} points, ${((100 * passed) / points).toFixed(1)} % pass, mean ${mean.toFixed(3)}; ` +
      `${perPoint.toFixed(1)} us a point, trying every point ${naive.toFixed(0)} us (${(naive / perPoint).toFixed(0)} x)`,
  );
}
