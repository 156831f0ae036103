import type { BeamComparison, LayerComparison, PositionDifference } from './delivery-comparison.js';

/** Planned against delivered of a beam as a whole. */
export interface DeliverySummary {
  readonly layersDelivered: number;
  readonly missingLayers: readonly number[];
  /** Over all delivered spots, weighted by counts; null where nothing was counted. */
  readonly position: PositionDifference | null;
  /** Null where the counts per unit of meterset of the machine are not known. */
  readonly metersetDelivered: number | null;
}

/** The layers of a beam put together: means weighted by counts, sigma pooled, the largest of the largest. */
export function summarise({ layers, missingLayers }: BeamComparison): DeliverySummary {
  const delivered = layers.map(({ deliveredMeterset }) => deliveredMeterset);
  return {
    layersDelivered: layers.length,
    missingLayers,
    position: pooled(layers),
    metersetDelivered: delivered.reduce((sum, one) => (sum === null || one === null ? null : sum + one), 0),
  };
}

/** Delivered less planned, in percent of planned; null where either is not known or nothing was planned. */
export function differencePercent(planned: number, delivered: number | null): number | null {
  return delivered === null || planned === 0 ? null : ((delivered - planned) / planned) * 100;
}

function pooled(layers: readonly LayerComparison[]): PositionDifference | null {
  const parts = layers.flatMap(({ counts, position }) => (position === null ? [] : [{ counts, ...position }]));
  const counts = parts.reduce((sum, part) => sum + part.counts, 0);
  if (counts === 0) return null;
  const mean = (value: (part: (typeof parts)[number]) => number): number =>
    parts.reduce((sum, part) => sum + part.counts * value(part), 0) / counts;
  const meanMm = mean((part) => part.meanMm);
  const variance = mean((part) => part.sigmaMm ** 2 + (part.meanMm - meanMm) ** 2);
  return { meanMm, sigmaMm: Math.sqrt(variance), maxMm: Math.max(...parts.map(({ maxMm }) => maxMm)) };
}
