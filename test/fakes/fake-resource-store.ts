import type { Resource } from '../../src/domain/resource.js';
import type { ResourceStore } from '../../src/ports/resource-store.js';
import { answer, FakeTables } from './fake-tables.js';

/** GPUs and CPU places in memory (test/contract/resource-store.test.ts runs against this and the database). */
export class FakeResourceStore implements ResourceStore {
  constructor(readonly tables = new FakeTables()) {}

  sync(host: string, resources: readonly Resource[]): Promise<void> {
    return answer(() => {
      const beams = [...this.tables.beams.values()];
      for (const resource of resources) this.tables.resources.set(resource.id, resource);
      for (const { id } of [...this.tables.resources.values()].filter((resource) => resource.host === host)) {
        const inUse = beams.some((beam) => beam.resourceId === id && beam.state === 'submitted');
        if (inUse || resources.some((resource) => resource.id === id)) continue;
        this.tables.resources.delete(id);
        for (const beam of beams) {
          if (beam.resourceId === id) this.tables.beams.set(beam.id, { ...beam, resourceId: null });
        }
      }
    });
  }

  all(): Promise<readonly Resource[]> {
    return answer(() => [...this.tables.resources.values()].sort((a, b) => (a.id < b.id ? -1 : 1)));
  }
}
