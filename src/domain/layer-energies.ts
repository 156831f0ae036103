import type { RecordedLayer } from './delivery-record.js';
import { input } from './errors.js';
import type { IonBeam } from './plan.js';

/** Plan and log round differently; the layers of a beam are farther from each other than this. */
const TOLERANCE_MEV = 0.5;

/**
 * The logs of these layers belong to the plan's: each was delivered at the energy that was planned.
 * @throws input `delivery.energy-mismatch`, naming beam, layer and both energies
 */
export function requireEnergies(
  beams: readonly Pick<IonBeam, 'beamNumber' | 'layers'>[],
  delivered: readonly {
    readonly beamNumber: number;
    readonly layers: readonly Pick<RecordedLayer, 'layerNumber' | 'energyMeV'>[];
  }[],
): void {
  for (const { beamNumber, layers } of delivered) {
    const planned = beams.find((beam) => beam.beamNumber === beamNumber)?.layers ?? [];
    for (const { layerNumber, energyMeV } of layers) {
      const wanted = planned[layerNumber - 1]?.energyMeV;
      if (wanted !== undefined && Math.abs(wanted - energyMeV) <= TOLERANCE_MEV) continue;
      throw input(
        'delivery.energy-mismatch',
        `beam ${String(beamNumber)}: layer ${String(layerNumber)} was delivered at ${String(energyMeV)} MeV, but ` +
          (wanted === undefined ? 'the plan has no such layer' : `the plan has ${String(wanted)} MeV`),
        { remedy: 'put the plan that was delivered into the folder, or the logs of this plan' },
      );
    }
  }
}
