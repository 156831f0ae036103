import type { Delivery } from './delivery.js';
import { differencePercent } from './delivery-summary.js';
import { machineTime } from './machine-time.js';
import type { IonPlan, PlanLayer } from './plan.js';

/** In the work folder, and beside the doses at a target that takes reports. */
export const REPORT_NAME = 'delivery-report.csv';

/** How each report begins: by this we know one of ours. */
export const REPORT_START = 'fraction,fraction status,';

type Compared = Pick<Delivery, 'beamNumber' | 'startedAt' | 'fraction' | 'fractionStatus' | 'comparison'>;

/**
 * Planned against delivered as CSV (RFC 4180): one row for each fraction, beam and layer, planned layers without logs
 * included. Numbers and our own words only: nothing out of a file stands in it as text.
 */
export function deliveryReport(plan: IonPlan, deliveries: readonly Compared[]): string {
  const rows = deliveries
    .flatMap((delivery) => layerRows(plan, delivery))
    .sort((a, b) => a.fraction - b.fraction || a.beam - b.beam || a.layer - b.layer);
  return [headings(plan.metersetUnit), ...rows.map(({ cells }) => cells)].map(line).join('');
}

interface LayerRow {
  readonly fraction: number;
  readonly beam: number;
  readonly layer: number;
  readonly cells: readonly string[];
}

const headings = (unit: IonPlan['metersetUnit']): readonly string[] => [
  'fraction',
  'fraction status',
  'beam started (machine clock)',
  'beam',
  'layer',
  'energy (MeV)',
  'layer status',
  `planned meterset (${unit})`,
  `delivered meterset (${unit})`,
  `meterset difference (${unit})`,
  'meterset difference (%)',
  'position difference mean (mm)',
  'position difference sigma (mm)',
  'position difference maximum (mm)',
];

function layerRows(plan: IonPlan, delivery: Compared): readonly LayerRow[] {
  const { beamNumber, comparison, fraction } = delivery;
  if (comparison === null || beamNumber === null) return [];
  const planned = plan.beams.find((beam) => beam.beamNumber === beamNumber)?.layers ?? [];
  const start = [String(fraction), delivery.fractionStatus, machineTime(delivery.startedAt), String(beamNumber)];
  return planned.map((layer, index) => ({
    fraction,
    beam: beamNumber,
    layer: index + 1,
    cells: [...start, String(index + 1), figure(layer.energyMeV), ...figures(layer, index + 1, comparison)],
  }));
}

function figures(
  planned: PlanLayer,
  number: number,
  { layers }: NonNullable<Compared['comparison']>,
): readonly string[] {
  const layer = layers.find(({ layerNumber }) => layerNumber === number);
  if (layer === undefined) {
    return ['missing', figure(planned.meterset.reduce((sum, one) => sum + one, 0)), '', '', '', '', '', ''];
  }
  const { plannedMeterset, deliveredMeterset, metersetDifference, position } = layer;
  return [
    'delivered',
    figure(plannedMeterset),
    figure(deliveredMeterset),
    figure(metersetDifference),
    figure(differencePercent(plannedMeterset, deliveredMeterset)),
    figure(position?.meanMm ?? null),
    figure(position?.sigmaMm ?? null),
    figure(position?.maxMm ?? null),
  ];
}

/** Six digits; empty where it is not known. */
const figure = (value: number | null): string => (value === null ? '' : String(Number(value.toPrecision(6))));

/** A cell with a comma, a quote or a line break is quoted; lines end with CR LF. */
const line = (cells: readonly string[]): string =>
  `${cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replace(/"/g, '""')}"` : cell)).join(',')}\r\n`;
