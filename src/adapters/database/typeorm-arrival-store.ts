import type { InboxArrival } from '../../domain/arrival.js';
import type { ArrivalStore } from '../../ports/arrival-store.js';
import type { Connections } from './connections.js';
import { ArrivalSchema } from './schemas/arrival-schema.js';

/** Rows of one statement: SQLite binds at most 32,766 values. */
const AT_ONCE = 1_000;

/** Folders on their way in, in SQLite or PostgreSQL. */
export class TypeormArrivalStore implements ArrivalStore {
  constructor(private readonly connections: Connections) {}

  async replace(arrivals: readonly InboxArrival[]): Promise<void> {
    await this.connections.write(async (tx) => {
      await tx.createQueryBuilder().delete().from(ArrivalSchema).execute();
      for (let i = 0; i < arrivals.length; i += AT_ONCE) {
        await tx.insert(ArrivalSchema, arrivals.slice(i, i + AT_ONCE));
      }
    });
  }
}
