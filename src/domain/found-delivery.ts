import type { DeliveryHeader, RecordedLayer } from './delivery-record.js';

/** A folder of delivery logs as far as it can be read; it may still be copied. */
export interface FoundDelivery {
  /** Relative to the case folder, `/` between segments; empty: the case folder itself. */
  readonly folder: string;
  /** PlanInfo; null while it is not there or cannot be read (then `problems` says why). */
  readonly header: DeliveryHeader | null;
  /** Rows of PlanRange for the layers that PlanInfo says were delivered, by layer number; none while they cannot be told. */
  readonly layers: readonly RecordedLayer[];
  /** Numbers of those layers whose .ptn file is not there. */
  readonly missingLayers: readonly number[];
  /** What is wrong with which file, in words fit to be shown; missing .ptn files are not among them. */
  readonly problems: readonly string[];
}
