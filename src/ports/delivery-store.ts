import { Token } from 'typedi';
import type { Delivery } from '../domain/delivery.js';

/** A delivery without the number the store gives it. */
export type NewDelivery = Omit<Delivery, 'id'>;

/** What the machine recorded of each case, with planned against delivered; unique on case and folder. */
export interface DeliveryStore {
  /** In order of time, then of folder. */
  ofCase(caseId: string): Promise<readonly Delivery[]>;
  /** Puts these in place of all that the case had, in one write; the same again changes nothing. */
  replace(caseId: string, deliveries: readonly NewDelivery[]): Promise<void>;
}
export const DeliveryStore = new Token<DeliveryStore>('DeliveryStore');
