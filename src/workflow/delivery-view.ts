import type { Beam } from '../domain/beam.js';
import type { Case } from '../domain/case.js';
import type { Delivery } from '../domain/delivery.js';
import type { BeamComparison } from '../domain/delivery-comparison.js';
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
  const { comparison = null } = group.find((delivery) => delivery.comparison !== null) ?? {};
  const { problem = null } = group.find((delivery) => delivery.problem !== null) ?? {};
  return [
    {
      fraction,
      fractionStatus,
      beamNumber,
      startedAt: machineTime(startedAt),
      folders: group.map(({ folder }) => folder),
      layersPlanned: planned?.layers ?? null,
      metersetPlanned: planned?.meterset ?? null,
      ...figuresOf(comparison, planned),
      problem,
    },
  ];
}

type Figures = Omit<
  DeliveryView,
  | 'fraction'
  | 'fractionStatus'
  | 'beamNumber'
  | 'startedAt'
  | 'folders'
  | 'layersPlanned'
  | 'metersetPlanned'
  | 'problem'
>;

const NOT_COMPARED: Figures = {
  layersDelivered: null,
  missingLayers: [],
  positionMeanMm: null,
  positionSigmaMm: null,
  positionMaxMm: null,
  metersetDelivered: null,
  metersetDifferencePercent: null,
};

function figuresOf(comparison: BeamComparison | null, planned: Beam | undefined): Figures {
  if (comparison === null) return NOT_COMPARED;
  const { layersDelivered, missingLayers, position, metersetDelivered } = summarise(comparison);
  return {
    layersDelivered,
    missingLayers,
    positionMeanMm: position?.meanMm ?? null,
    positionSigmaMm: position?.sigmaMm ?? null,
    positionMaxMm: position?.maxMm ?? null,
    metersetDelivered,
    metersetDifferencePercent: planned === undefined ? null : differencePercent(planned.meterset, metersetDelivered),
  };
}

/** Where the report of a compared case is, relative to the root; null where nothing was compared. */
export function reportPath({ id, run }: Case, deliveries: readonly Delivery[]): string | null {
  if (deliveries.every(({ comparison }) => comparison === null)) return null;
  return ['work', id, String(run), REPORT_NAME].join('/');
}
