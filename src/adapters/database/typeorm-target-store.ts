import { neverTried, type TargetState } from '../../domain/target-state.js';
import type { TargetStore } from '../../ports/target-store.js';
import type { Connections } from './connections.js';
import { TargetSchema } from './schemas/target-schema.js';

/** Upload targets in SQLite or PostgreSQL. */
export class TypeormTargetStore implements TargetStore {
  constructor(private readonly connections: Connections) {}

  async get(name: string): Promise<TargetState> {
    return (await this.connections.read((manager) => manager.findOneBy(TargetSchema, { name }))) ?? neverTried(name);
  }

  async save(row: TargetState): Promise<void> {
    await this.connections.write((tx) => tx.upsert(TargetSchema, row, ['name']));
  }
}
