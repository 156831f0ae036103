import { Token } from 'typedi';
import type { Case } from '../domain/case.js';

/** What operators do to deliveries, with the service up or down. Ids are full case ids. */
export interface DeliveryControl {
  /**
   * Has the results of a case delivered and proven again: to every target, or to the one that is named. An object that is
   * there already with the same bytes counts as delivered; another one under its UID is left alone and told. Resolves when
   * it is asked for; the service does it, also for a completed case, which stays completed.
   * @throws operator `case.not-found`; `case.refused` in a state without results, or where they were cleaned away;
   * `usage.no-such-target`
   */
  deliver(id: string, target: string | null, actor: string): Promise<Case>;
}
export const DeliveryControl = new Token<DeliveryControl>('DeliveryControl');
