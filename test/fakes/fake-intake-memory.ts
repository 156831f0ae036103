import type { IntakeFolder } from '../../src/domain/intake-folder.js';
import type { IntakeMemory } from '../../src/ports/intake-memory.js';
import { answer, FakeTables } from './fake-tables.js';

/** What is known of folders, in memory (test/contract/intake-memory.test.ts runs against this and the database). */
export class FakeIntakeMemory implements IntakeMemory {
  /** How often something was written. */
  writes = 0;
  /** Thrown by the next write, once. */
  failure: Error | null = null;

  constructor(readonly tables = new FakeTables()) {}

  load(inbox: string): Promise<readonly IntakeFolder[]> {
    return answer(() => this.tables.intakeFolders.filter((row) => row.inbox === inbox));
  }

  save(inbox: string, changed: readonly IntakeFolder[], gone: readonly string[]): Promise<void> {
    return answer(() => {
      const { failure } = this;
      this.failure = null;
      if (failure !== null) throw failure;
      this.writes += 1;
      const replaced = new Set([...gone, ...changed.map(({ folder }) => folder)]);
      const others = this.tables.intakeFolders.filter((row) => row.inbox !== inbox || !replaced.has(row.folder));
      this.tables.intakeFolders = [...others, ...changed];
    });
  }
}
