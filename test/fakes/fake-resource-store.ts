import type { JudgedResource, Lease, Resource } from '../../src/domain/resource.js';
import type { ResourceStore } from '../../src/ports/resource-store.js';
import { answer, FakeTables } from './fake-tables.js';

/** GPUs and CPU places in memory (test/contract/resource-store.test.ts runs against this and the database). */
export class FakeResourceStore implements ResourceStore {
  constructor(readonly tables = new FakeTables()) {}

  sync(host: string, resources: readonly JudgedResource[]): Promise<void> {
    return answer(() => {
      const beams = [...this.tables.beams.values()];
      for (const resource of resources) {
        const { lease = null } = this.tables.resources.get(resource.id) ?? {};
        this.tables.resources.set(resource.id, { ...resource, lease });
      }
      const leftOver = [...this.tables.resources.values()].filter((one) => one.host === host && one.lease === null);
      for (const { id } of leftOver) {
        const inUse = beams.some((beam) => beam.resourceId === id && beam.state === 'submitted');
        if (inUse || resources.some((resource) => resource.id === id)) continue;
        this.tables.resources.delete(id);
        for (const beam of beams) {
          if (beam.resourceId === id) this.tables.beams.set(beam.id, { ...beam, resourceId: null });
        }
      }
    });
  }

  lease(ids: readonly string[], lease: Lease): Promise<boolean> {
    return answer(() => {
      const rows = ids.flatMap((id) => this.tables.resources.get(id) ?? []);
      const isOurs = (row: Resource): boolean => row.lease === null || row.lease.owner === lease.owner;
      if (rows.length < ids.length || !rows.every(isOurs)) return false;
      for (const row of rows) this.tables.resources.set(row.id, { ...row, lease });
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
    return answer(() => {
      for (const row of [...this.tables.resources.values()]) {
        if (row.lease !== null && which(row.lease, row.id)) this.tables.resources.set(row.id, { ...row, lease: null });
      }
    });
  }

  all(): Promise<readonly Resource[]> {
    return answer(() => [...this.tables.resources.values()].sort((a, b) => (a.id < b.id ? -1 : 1)));
  }
}
