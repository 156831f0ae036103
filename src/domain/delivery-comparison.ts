import type { DeliveredLayer } from './delivered-spots.js';
import { NearestPoint } from './nearest-point.js';

/** A layer of the plan as far as the comparison needs it; the three arrays have one length. */
export interface PlannedLayer {
  readonly energyMeV: number;
  readonly xMm: readonly number[];
  readonly yMm: readonly number[];
  readonly meterset: readonly number[];
}

export interface LayerComparison {
  /** Counts from 1, in the plan's order. */
  readonly layerNumber: number;
  readonly energyMeV: number;
  readonly plannedMeterset: number;
  /** Delivered, in monitor counts of the reference range. */
  readonly counts: number;
  /** Null where the counts per unit of meterset of the machine are not known. */
  readonly deliveredMeterset: number | null;
  /** Delivered less planned, in the unit of the plan. */
  readonly metersetDifference: number | null;
  /** Distance of each delivered spot to the nearest planned one, weighted by counts; null without delivered counts. */
  readonly position: PositionDifference | null;
}

export interface PositionDifference {
  readonly meanMm: number;
  readonly sigmaMm: number;
  readonly maxMm: number;
}

export interface BeamComparison {
  /** Layers with logs. */
  readonly layers: readonly LayerComparison[];
  /** Numbers of the planned layers without logs. */
  readonly missingLayers: readonly number[];
}

/**
 * Planned against delivered, layer by layer.
 * @param delivered by layer number (from 1); the logs of a layer delivered in two parts are two entries
 * @param countsPerMeterset monitor counts of the reference range in one MU (or NP); null: meterset is not compared
 */
export function compareDelivery(
  planned: readonly PlannedLayer[],
  delivered: ReadonlyMap<number, readonly DeliveredLayer[]>,
  countsPerMeterset: number | null,
): BeamComparison {
  const layers: LayerComparison[] = [];
  const missingLayers: number[] = [];
  planned.forEach((layer, index) => {
    const parts = delivered.get(index + 1) ?? [];
    if (parts.length === 0) missingLayers.push(index + 1);
    else layers.push(compareLayer(layer, index + 1, parts, countsPerMeterset));
  });
  return { layers, missingLayers };
}

/** One layer, for callers that do not hold the spots of a whole beam. Parameters as of compareDelivery. */
export function compareLayer(
  planned: PlannedLayer,
  layerNumber: number,
  parts: readonly DeliveredLayer[],
  countsPerMeterset: number | null,
): LayerComparison {
  const plannedMeterset = planned.meterset.reduce((sum, one) => sum + one, 0);
  const counts = parts.reduce((sum, part) => sum + part.spots.reduce((all, spot) => all + spot.counts, 0), 0);
  const deliveredMeterset = countsPerMeterset === null ? null : counts / countsPerMeterset;
  return {
    layerNumber,
    energyMeV: planned.energyMeV,
    plannedMeterset,
    counts,
    deliveredMeterset,
    metersetDifference: deliveredMeterset === null ? null : deliveredMeterset - plannedMeterset,
    position: positionDifference(planned, parts),
  };
}

/** Mean and standard deviation in one pass (West 1979: weighted, without loss of digits). */
function positionDifference(planned: PlannedLayer, parts: readonly DeliveredLayer[]): PositionDifference | null {
  const places = new NearestPoint(planned.xMm, planned.yMm);
  let weight = 0;
  let meanMm = 0;
  let squares = 0;
  let maxMm = 0;
  for (const { spots } of parts) {
    for (const { xMm, yMm, counts } of spots) {
      const distance = counts > 0 ? places.distance(xMm, yMm) : null;
      if (distance === null) continue;
      weight += counts;
      const off = distance - meanMm;
      meanMm += (off * counts) / weight;
      squares += counts * off * (distance - meanMm);
      maxMm = Math.max(maxMm, distance);
    }
  }
  return weight === 0 ? null : { meanMm, sigmaMm: Math.sqrt(Math.max(0, squares / weight)), maxMm };
}
