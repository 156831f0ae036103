import type { DeliveryHeader } from '../../src/domain/delivery-record.js';
import type { FoundDelivery } from '../../src/domain/found-delivery.js';

/** 24 April 2025, 14:40:08 by the machine's clock. */
export const FIRST_START = Date.UTC(2025, 3, 24, 14, 40, 8);
const MINUTE = 60_000;

/**
 * Beam 1 of anIonPlan's patient, its two layers whole; give what the test is about. Layers follow from start and stop.
 * @param minutes after FIRST_START
 */
export function aFoundDelivery(
  header: Partial<DeliveryHeader> = {},
  minutes = 0,
  change: Partial<FoundDelivery> = {},
): FoundDelivery {
  const startedAt = FIRST_START + minutes * MINUTE;
  const whole = { patientId: 'PID-1', beamNumber: 1, startLayer: 1, stopLayer: 2, startedAt, ...header };
  const layers = [150, 140].map((energyMeV, index) => ({
    layerNumber: index + 1,
    energyMeV,
    monitorRangeFactor: 1,
    file: `02_0001_001_001_00${String(index + 1)}.ptn`,
  }));
  return {
    folder: new Date(startedAt).toISOString().replace(/\D/g, '').slice(0, 16),
    header: whole,
    layers: layers.filter(({ layerNumber }) => whole.startLayer <= layerNumber && layerNumber <= whole.stopLayer),
    missingLayers: [],
    problems: [],
    ...change,
  };
}

/** The same folder while its PlanInfo cannot be read. */
export const anUnreadableDelivery = (folder: string, problem: string): FoundDelivery => ({
  folder,
  header: null,
  layers: [],
  missingLayers: [],
  problems: [problem],
});
