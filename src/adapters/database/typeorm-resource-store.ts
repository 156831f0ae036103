import type { Resource } from '../../domain/resource.js';
import type { ResourceStore } from '../../ports/resource-store.js';
import type { Connections } from './connections.js';
import { BeamSchema } from './schemas/beam-schema.js';
import { ResourceSchema } from './schemas/resource-schema.js';

/** GPUs and CPU places in SQLite or PostgreSQL. */
export class TypeormResourceStore implements ResourceStore {
  constructor(private readonly connections: Connections) {}

  async sync(host: string, resources: readonly Resource[]): Promise<void> {
    await this.connections.write(async (tx) => {
      if (resources.length > 0) await tx.upsert(ResourceSchema, [...resources], ['id']);
      const inUse = tx
        .createQueryBuilder(BeamSchema, 'beam')
        .select('beam.resourceId')
        .where("beam.state = 'submitted'")
        .andWhere('beam.resourceId IS NOT NULL');
      const gone = tx
        .createQueryBuilder()
        .delete()
        .from(ResourceSchema)
        .where('"host" = :host', { host })
        .andWhere(`"id" NOT IN (${inUse.getQuery()})`);
      const present = resources.map(({ id }) => id);
      if (present.length > 0) gone.andWhere('"id" NOT IN (:...present)', { present });
      await gone.execute();
    });
  }

  all(): Promise<readonly Resource[]> {
    return this.connections.read((manager) => manager.find(ResourceSchema, { order: { id: 'ASC' } }));
  }
}
