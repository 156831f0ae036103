import type { DatabaseTimes, DatabaseWork } from '../../src/ports/database-times.js';

/** Tells what the test says. */
export class FakeDatabaseTimes implements DatabaseTimes {
  readonly listeners = new Set<(work: DatabaseWork, ms: number) => void>();

  listen(listener: (work: DatabaseWork, ms: number) => void): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  took(work: DatabaseWork, ms: number): void {
    for (const listener of this.listeners) listener(work, ms);
  }
}
