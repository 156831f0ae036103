import type { Beam } from '../domain/beam.js';
import type { Case } from '../domain/case.js';
import type { Delivery } from '../domain/delivery.js';
import { REPORT_NAME } from '../domain/delivery-report.js';
import { differencePercent, summarise } from '../domain/delivery-summary.js';
import { machineTime } from '../domain/machine-time.js';

/**
 * What the machine delivered of a beam in a fraction, against the plan: `deliveries` of `mqi case ID --json` and of
 * `GET /api/cases/:id`. Layer by layer it stands in the delivery report.
 */
export interface DeliveryView {
  readonly fraction: number;
  readonly fractionStatus: string;
  /** Null where the logs do not say, since they cannot be read. */
  readonly beamNumber: number | null;
  /** The machine's wall clock, without a zone. */
  readonly startedAt: string;
  /** Relative to the case folder; several where delivery was interrupted and resumed. */
  readonly folders: readonly string[];
  /** Null where it was not compared. */
  readonly layersDelivered: number | null;
  readonly layersPlanned: number | null;
  readonly missingLayers: readonly number[];
  readonly positionMeanMm: number | null;
  readonly positionSigmaMm: number | null;
  readonly positionMaxMm: number | null;
  readonly metersetPlanned: number | null;
  readonly metersetDelivered: number | null;
  readonly metersetDifferencePercent: number | null;
  /** Why it was not compared, in words. */
  readonly problem: string | null;
}

/** One for each beam and fraction, by time. */
export function deliveryViews(deliveries: readonly Delivery[], beams: readonly Beam[]): readonly DeliveryView[] {
  const groups = new Map<string, Delivery[]>();
  for (const delivery of deliveries) {
    const { fraction, beamNumber, folder } = delivery;
    const key = beamNumber === null ? folder : `${String(fraction)}/${String(beamNumber)}`;
    groups.set(key, [...(groups.get(key) ?? []), delivery]);
  }
  return [...groups.values()].flatMap((group) => deliveryView(group, beams));
}

function deliveryView(group: readonly Delivery[], beams: readonly Beam[]): readonly DeliveryView[] {
  const [first] = group;
  if (first === undefined) return [];
  const { fraction, fractionStatus, beamNumber, startedAt } = first;
  const planned = beams.find((beam) => beam.beamNumber === beamNumber);
  const comparison = group.find((delivery) => delivery.comparison !== null)?.comparison ?? null;
  const summary = comparison === null ? null : summarise(comparison);
  const metersetPlanned = planned?.meterset ?? null;
  const metersetDelivered = summary?.metersetDelivered ?? null;
  return [
    {
      fraction,
      fractionStatus,
      beamNumber,
      startedAt: machineTime(startedAt),
      folders: group.map(({ folder }) => folder),
      layersDelivered: summary?.layersDelivered ?? null,
      layersPlanned: planned?.layers ?? null,
      missingLayers: summary?.missingLayers ?? [],
      positionMeanMm: summary?.position?.meanMm ?? null,
      positionSigmaMm: summary?.position?.sigmaMm ?? null,
      positionMaxMm: summary?.position?.maxMm ?? null,
      metersetPlanned,
      metersetDelivered,
      metersetDifferencePercent:
        metersetPlanned === null ? null : differencePercent(metersetPlanned, metersetDelivered),
      problem: group.find(({ problem }) => problem !== null)?.problem ?? null,
    },
  ];
}

/** Where the report of a compared case is, relative to the root; null where nothing was compared. */
export function reportPath({ id, run }: Case, deliveries: readonly Delivery[]): string | null {
  if (deliveries.every(({ comparison }) => comparison === null)) return null;
  return ['work', id, String(run), REPORT_NAME].join('/');
}
