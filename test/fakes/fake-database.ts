import type { CaseError } from '../../src/domain/errors.js';
import type { Database } from '../../src/ports/database.js';

/** Counts what is done to it; `problems` is what a check finds. */
export class FakeDatabase implements Database {
  opened = 0;
  closed = 0;
  readonly backups: string[] = [];
  problems: readonly string[] = [];
  applied: readonly string[] = [];
  refusal: Error | null = null;
  #watchers: (() => void)[] = [];
  #onLoss: ((loss: CaseError) => void) | null = null;

  open(): Promise<void> {
    if (this.refusal !== null) return Promise.reject(this.refusal);
    this.opened += 1;
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.closed += 1;
    return Promise.resolve();
  }

  migrate(): Promise<readonly string[]> {
    return Promise.resolve(this.applied);
  }

  backup(file: string): Promise<void> {
    this.backups.push(file);
    return Promise.resolve();
  }

  check(): Promise<readonly string[]> {
    return Promise.resolve(this.problems);
  }

  version(): Promise<string> {
    return Promise.resolve('SQLite 3.0.0');
  }

  /** As if another process had committed. */
  foreignCommit(): void {
    for (const watcher of this.#watchers) watcher();
  }

  /** As if the file had been deleted, or were damaged. */
  lose(loss: CaseError): void {
    this.#onLoss?.(loss);
  }

  onLoss(callback: (loss: CaseError) => void): () => void {
    this.#onLoss = callback;
    return () => {
      this.#onLoss = null;
    };
  }

  get watched(): number {
    return this.#watchers.length;
  }

  onForeignCommit(callback: () => void): () => void {
    this.#watchers.push(callback);
    return () => {
      this.#watchers = this.#watchers.filter((watcher) => watcher !== callback);
    };
  }
}
