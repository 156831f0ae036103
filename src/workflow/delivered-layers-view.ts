import type { Delivery } from '../domain/delivery.js';
import type { LayerComparison } from '../domain/delivery-comparison.js';

/** Planned against delivered, layer by layer, of a beam in a fraction. */
export interface DeliveredLayers {
  readonly fraction: number;
  readonly beamNumber: number;
  /** Those with logs. */
  readonly layers: readonly LayerComparison[];
  /** Numbers of the planned layers without logs. */
  readonly missingLayers: readonly number[];
}

/** `GET /api/cases/:id/deliveries`: those that were compared, by time. */
export function deliveredLayersViews(deliveries: readonly Delivery[]): readonly DeliveredLayers[] {
  return deliveries.flatMap(({ fraction, beamNumber, comparison }) =>
    comparison === null || beamNumber === null ? [] : [{ fraction, beamNumber, ...comparison }],
  );
}
