import { doseAt, maximum, type DoseOnGrid } from '../../src/dose/dose-on-grid.js';
import type { GammaCriteria } from '../../src/domain/dose-comparison.js';

/** Mean gamma by the definition alone: every point of a mesh around every point of the reference is tried. Slow. */
export function bruteForceGamma(
  reference: DoseOnGrid,
  evaluated: DoseOnGrid,
  { dosePercent, distanceMm, thresholdPercent }: GammaCriteria,
  meshMm: number,
): number {
  const doseGy = (maximum(reference.values) * dosePercent) / 100;
  const [nx, ny] = reference.grid.size;
  const steps = Math.ceil((2 * distanceMm) / meshMm);
  let [points, sum] = [0, 0];
  reference.values.forEach((gy, at) => {
    if (gy < (maximum(reference.values) * thresholdPercent) / 100) return;
    const place = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))];
    const [x, y, z] = place.map((n, axis) => reference.grid.originMm[axis]! + n * reference.grid.spacingMm[axis]!);
    let best = 4;
    for (let k = -steps; k <= steps; k++)
      for (let j = -steps; j <= steps; j++)
        for (let i = -steps; i <= steps; i++) {
          const distance = (i * i + j * j + k * k) * (meshMm / distanceMm) ** 2;
          if (distance >= best) continue;
          const { originMm, spacingMm } = evaluated.grid;
          const found = doseAt(
            evaluated,
            (x! + i * meshMm - originMm[0]) / spacingMm[0],
            (y! + j * meshMm - originMm[1]) / spacingMm[1],
            (z! + k * meshMm - originMm[2]) / spacingMm[2],
          );
          const gamma = distance + ((found - gy) / doseGy) ** 2;
          if (gamma < best) best = gamma;
        }
    points++;
    sum += Math.sqrt(best);
  });
  return sum / points;
}
