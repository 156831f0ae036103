import { neverTried, type TargetState } from '../../src/domain/target-state.js';
import type { KnownTarget, TargetStore } from '../../src/ports/target-store.js';
import { answer, FakeTables } from './fake-tables.js';

/** Upload targets in memory (test/contract/target-store.test.ts runs against this and the database). */
export class FakeTargetStore implements TargetStore {
  constructor(readonly tables = new FakeTables()) {}

  get(name: string): Promise<TargetState> {
    return answer(() => this.tables.targets.get(name) ?? neverTried(name));
  }

  save(row: TargetState): Promise<void> {
    return answer(() => void this.tables.targets.set(row.name, row));
  }

  sync(targets: readonly KnownTarget[]): Promise<void> {
    return answer(() => {
      const states = new Map(this.tables.targets);
      this.tables.targets.clear();
      this.tables.knownTargets.clear();
      for (const target of targets) {
        this.tables.targets.set(target.name, states.get(target.name) ?? neverTried(target.name));
        this.tables.knownTargets.set(target.name, target);
      }
    });
  }
}
