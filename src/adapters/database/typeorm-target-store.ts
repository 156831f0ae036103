import { In, Not } from 'typeorm';
import { neverTried, type TargetState } from '../../domain/target-state.js';
import type { KnownTarget, TargetStore } from '../../ports/target-store.js';
import type { Connections } from './connections.js';
import { type TargetRow, TargetSchema } from './schemas/target-schema.js';

/** Upload targets in SQLite or PostgreSQL. */
export class TypeormTargetStore implements TargetStore {
  constructor(private readonly connections: Connections) {}

  async get(name: string): Promise<TargetState> {
    const row = await this.connections.read((manager) => manager.findOneBy(TargetSchema, { name }));
    return row === null ? neverTried(name) : stateIn(row);
  }

  async save(row: TargetState): Promise<void> {
    await this.connections.write((tx) => tx.upsert(TargetSchema, row, ['name']));
  }

  async sync(targets: readonly KnownTarget[]): Promise<void> {
    await this.connections.write(async (tx) => {
      await tx.delete(TargetSchema, { name: Not(In(targets.map(({ name }) => name))) });
      for (const { name, kind, optional } of targets) {
        await tx.createQueryBuilder().insert().into(TargetSchema).values(neverTried(name)).orIgnore().execute();
        await tx.update(TargetSchema, { name }, { kind, optional });
      }
    });
  }
}

/** What is kept of its state, without what it is. */
export function stateIn(row: TargetRow): TargetState {
  const { kind, optional, ...state } = row;
  return state;
}
