import type { BeamComparison, LayerComparison } from '../../src/domain/delivery-comparison.js';
import type { NewDelivery } from '../../src/ports/delivery-store.js';

/** A whole delivery of beam 1 of case c1 in the first fraction, not compared; give what the test is about. */
export function aDelivery(change: Partial<NewDelivery> = {}): NewDelivery {
  return {
    caseId: 'c1',
    beamNumber: 1,
    startedAt: Date.UTC(2025, 3, 24, 14, 40, 8, 120),
    folder: '2025042414400812',
    fraction: 1,
    fractionStatus: 'complete',
    startLayer: 1,
    stopLayer: 2,
    comparison: null,
    stamp: null,
    problem: null,
    ...change,
  };
}

export const aLayerComparison = (change: Partial<LayerComparison> = {}): LayerComparison => ({
  layerNumber: 1,
  energyMeV: 150,
  plannedMeterset: 10,
  counts: 1000,
  deliveredMeterset: 10,
  metersetDifference: 0,
  position: { meanMm: 0.25, sigmaMm: 0.5, maxMm: 1 },
  ...change,
});

export const aComparison = (change: Partial<BeamComparison> = {}): BeamComparison => ({
  layers: [aLayerComparison()],
  missingLayers: [2],
  ...change,
});
