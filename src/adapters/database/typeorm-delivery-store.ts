import { In, type EntityManager } from 'typeorm';
import type { Delivery } from '../../domain/delivery.js';
import type { DeliveryStore, NewDelivery } from '../../ports/delivery-store.js';
import type { Connections } from './connections.js';
import { DeliverySchema } from './schemas/delivery-schema.js';

/** Deliveries in SQLite or PostgreSQL. */
export class TypeormDeliveryStore implements DeliveryStore {
  constructor(private readonly connections: Connections) {}

  ofCase(caseId: string): Promise<readonly Delivery[]> {
    return this.connections.read((manager) => deliveriesOf(manager, caseId));
  }

  /** Rows of folders that stay keep their numbers. */
  async replace(caseId: string, deliveries: readonly NewDelivery[]): Promise<void> {
    await this.connections.write(async (tx) => {
      const known = await tx.find(DeliverySchema, { where: { caseId }, select: { id: true, folder: true } });
      const gone = known.filter(({ folder }) => deliveries.every((delivery) => delivery.folder !== folder));
      if (gone.length > 0) await tx.delete(DeliverySchema, { id: In(gone.map(({ id }) => id)) });
      for (const delivery of deliveries) {
        const id = known.find(({ folder }) => folder === delivery.folder)?.id;
        if (id === undefined) await tx.insert(DeliverySchema, { ...delivery, caseId });
        else await tx.update(DeliverySchema, { id }, { ...delivery, caseId });
      }
    });
  }
}

/** In order of time, then of folder. */
export function deliveriesOf(manager: EntityManager, caseId: string): Promise<readonly Delivery[]> {
  return manager.find(DeliverySchema, { where: { caseId }, order: { startedAt: 'ASC', folder: 'ASC' } });
}
