import type { DataSource, EntityManager } from 'typeorm';
import type { DatabaseTimes, DatabaseWork } from '../../ports/database-times.js';
import type { Connections } from './connections.js';
import type { DatabaseOptions } from './database-options.js';

type Listener = Parameters<DatabaseTimes['listen']>[0];

/** Connections that tell how long each read and write took. */
export class TimedConnections implements Connections, DatabaseTimes {
  readonly #listeners = new Set<Listener>();

  constructor(private readonly inner: Connections) {}

  get options(): DatabaseOptions {
    return this.inner.options;
  }

  get writer(): DataSource {
    return this.inner.writer;
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  open(): Promise<void> {
    return this.inner.open();
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  write<T>(work: (tx: EntityManager) => Promise<T>): Promise<T> {
    return this.#timed('write', () => this.inner.write(work));
  }

  read<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.#timed('read', () => this.inner.read(work));
  }

  snapshot<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.#timed('read', () => this.inner.snapshot(work));
  }

  exclusively<T>(work: () => Promise<T>): Promise<T> {
    return this.inner.exclusively(work);
  }

  /** Costs nothing while nobody listens. */
  async #timed<T>(kind: DatabaseWork, work: () => Promise<T>): Promise<T> {
    if (this.#listeners.size === 0) return work();
    const beganAt = performance.now();
    try {
      return await work();
    } finally {
      const ms = performance.now() - beganAt;
      for (const listener of this.#listeners) listener(kind, ms);
    }
  }
}
