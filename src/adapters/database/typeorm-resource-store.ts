import { In, type EntityManager } from 'typeorm';
import type { JudgedResource, Lease, Resource } from '../../domain/resource.js';
import type { ResourceStore } from '../../ports/resource-store.js';
import type { Connections } from './connections.js';
import { BeamSchema } from './schemas/beam-schema.js';
import { ResourceSchema } from './schemas/resource-schema.js';

/** GPUs and CPU places in SQLite or PostgreSQL. */
export class TypeormResourceStore implements ResourceStore {
  constructor(private readonly connections: Connections) {}

  async sync(host: string, resources: readonly JudgedResource[]): Promise<void> {
    await this.connections.write(async (tx) => {
      for (const resource of resources) await put(tx, resource);
      const inUse = tx
        .createQueryBuilder(BeamSchema, 'beam')
        .select('beam.resourceId')
        .where("beam.state = 'submitted'")
        .andWhere('beam.resourceId IS NOT NULL');
      const gone = tx
        .createQueryBuilder()
        .delete()
        .from(ResourceSchema)
        .where('"host" = :host AND "lease" IS NULL', { host })
        .andWhere(`"id" NOT IN (${inUse.getQuery()})`);
      const present = resources.map(({ id }) => id);
      if (present.length > 0) gone.andWhere('"id" NOT IN (:...present)', { present });
      await gone.execute();
    });
  }

  all(): Promise<readonly Resource[]> {
    return this.connections.read((manager) => manager.find(ResourceSchema, { order: { id: 'ASC' } }));
  }

  lease(ids: readonly string[], lease: Lease): Promise<boolean> {
    return this.connections.write(async (tx) => {
      // On SQLite one writer at a time; on PostgreSQL the rows are locked until the transaction ends.
      const rows = await tx.find(ResourceSchema, { where: { id: In([...ids]) }, ...lockFor(this.connections) });
      const isOurs = (row: Resource): boolean => row.lease === null || row.lease.owner === lease.owner;
      if (rows.length < ids.length || !rows.every(isOurs)) return false;
      await tx.update(ResourceSchema, { id: In([...ids]) }, { lease });
      return true;
    });
  }

  release(ids: readonly string[], beamId: string): Promise<void> {
    return this.#endLeases((lease, id) => lease.beamId === beamId && ids.includes(id));
  }

  releaseOthers(owner: string): Promise<void> {
    return this.#endLeases((lease) => lease.owner !== owner);
  }

  #endLeases(which: (lease: Lease, id: string) => boolean): Promise<void> {
    return this.connections.write(async (tx) => {
      const rows = await tx.find(ResourceSchema, lockFor(this.connections));
      const ended = rows.filter(({ id, lease }) => lease !== null && which(lease, id)).map(({ id }) => id);
      if (ended.length > 0) await tx.update(ResourceSchema, { id: In(ended) }, { lease: null });
    });
  }
}

/** All columns but the lease, which only `lease` and `release` write. */
async function put(tx: EntityManager, resource: JudgedResource): Promise<void> {
  const { id, host, kind, name, uuid, index, driver, memoryTotalMiB, memoryUsedMiB, utilisationPercent } = resource;
  const { temperatureC, clockMHz, eccErrors, processes, fault, outOfService, occupied, seenAt } = resource;
  const seen = { host, kind, name, uuid, index, driver, memoryTotalMiB, memoryUsedMiB, utilisationPercent };
  const state = { temperatureC, clockMHz, eccErrors, processes, fault, outOfService, occupied, seenAt };
  await tx.upsert(ResourceSchema, { id, ...seen, ...state }, ['id']);
}

const lockFor = ({ options }: Connections): { lock?: { mode: 'pessimistic_write' } } =>
  options.kind === 'postgres' ? { lock: { mode: 'pessimistic_write' } } : {};
