import type { Delivery } from '../../src/domain/delivery.js';
import type { DeliveryStore, NewDelivery } from '../../src/ports/delivery-store.js';
import { answer, FakeTables } from './fake-tables.js';

/** Deliveries in memory (test/contract/delivery-store.test.ts runs against this and the databases). */
export class FakeDeliveryStore implements DeliveryStore {
  constructor(readonly tables = new FakeTables()) {}

  ofCase(caseId: string): Promise<readonly Delivery[]> {
    return answer(() => deliveriesIn(this.tables, caseId));
  }

  replace(caseId: string, deliveries: readonly NewDelivery[]): Promise<void> {
    return answer(() => {
      const known = deliveriesIn(this.tables, caseId);
      for (const { id } of known) this.tables.deliveries.delete(id);
      for (const delivery of deliveries) {
        const id = known.find(({ folder }) => folder === delivery.folder)?.id ?? this.tables.nextId();
        this.tables.deliveries.set(id, { ...delivery, caseId, id });
      }
    });
  }
}

/** In the order the database gives: by time, then folder. */
export function deliveriesIn(tables: FakeTables, caseId: string): readonly Delivery[] {
  return [...tables.deliveries.values()]
    .filter((delivery) => delivery.caseId === caseId)
    .sort((a, b) => a.startedAt - b.startedAt || (a.folder < b.folder ? -1 : 1));
}
