import type { BeamModel } from './beam-model.js';

/**
 * Protons of one MU at a nominal energy: linear between the model's entries, whatever their order.
 * Null outside the table: a monitor calibration is not guessed.
 */
export function protonsPerMu(model: BeamModel, energyMeV: number): number | null {
  const table = [...model.table].sort((a, b) => a.energyMeV - b.energyMeV);
  const above = table.findIndex((entry) => entry.energyMeV >= energyMeV);
  const high = table[above];
  if (high === undefined) return null;
  if (high.energyMeV === energyMeV) return high.protonsPerMu;
  const low = table[above - 1];
  if (low === undefined) return null;
  const part = (energyMeV - low.energyMeV) / (high.energyMeV - low.energyMeV);
  return low.protonsPerMu + part * (high.protonsPerMu - low.protonsPerMu);
}
