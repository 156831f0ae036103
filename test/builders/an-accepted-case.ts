import type { Accepted } from '../../src/domain/accepted-case.js';
import type { AcceptedDelivery } from '../../src/domain/accepted-delivery.js';

/** In water and from the plan; give what the test is about. */
export const accepted = (change: Partial<Accepted> = {}): Accepted => ({
  ctSlices: [],
  remarks: [],
  deliveries: [],
  deliveryStamps: {},
  referenceFraction: null,
  ...change,
});

/** Beam 1 of three layers, delivered whole in the first fraction. */
export const anAcceptedDelivery = (change: Partial<AcceptedDelivery> = {}): AcceptedDelivery => ({
  folder: '2025042414400800',
  beamNumber: 1,
  startedAt: Date.UTC(2025, 3, 24, 14, 40, 8),
  startLayer: 1,
  stopLayer: 3,
  fraction: 1,
  fractionStatus: 'complete',
  ...change,
});
