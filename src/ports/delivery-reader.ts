import { Token } from 'typedi';
import type { AcceptedDelivery } from '../domain/accepted-delivery.js';
import type { DeliveredBeamLayer, SpotReading } from '../domain/delivered-beam-layer.js';
import type { FoundDelivery } from '../domain/found-delivery.js';

/** Reads the delivery logs of a dropped case. Never writes there and follows no link. */
export interface DeliveryReader {
  /**
   * PlanInfo and PlanRange of each delivery folder, and whether its layer files are there and of a possible size; their
   * rows are not read. In the order asked. What is wrong with a folder is said in its entry, not thrown.
   * @param caseFolder absolute
   * @param folders relative to it
   * @throws transient `delivery.unreadable` where the share does not answer
   */
  headers(caseFolder: string, folders: readonly string[], signal: AbortSignal): Promise<readonly FoundDelivery[]>;
  /**
   * What was delivered of one beam, layer by layer in the order of their numbers; one layer is held in memory at a time.
   * @param deliveries those of one beam in one fraction (several: interrupted and resumed)
   * @throws input `delivery.log`, `delivery.range-code`, also where a folder is no longer what `headers` found; transient
   * `delivery.unreadable`
   */
  layers(
    caseFolder: string,
    deliveries: readonly AcceptedDelivery[],
    reading: SpotReading,
    signal: AbortSignal,
  ): AsyncIterable<DeliveredBeamLayer>;
}
export const DeliveryReader = new Token<DeliveryReader>('DeliveryReader');
