import { In } from 'typeorm';
import type { IntakeFolder } from '../../domain/intake-folder.js';
import type { IntakeMemory } from '../../ports/intake-memory.js';
import type { Connections } from './connections.js';
import { IntakeFolderSchema } from './schemas/intake-folder-schema.js';

/** Rows of one statement: SQLite binds at most 32,766 values. */
const AT_ONCE = 1_000;

/** What is known of the folders of the inboxes, in SQLite or PostgreSQL. */
export class TypeormIntakeMemory implements IntakeMemory {
  constructor(private readonly connections: Connections) {}

  load(inbox: string): Promise<readonly IntakeFolder[]> {
    return this.connections.read((manager) => manager.find(IntakeFolderSchema, { where: { inbox } }));
  }

  async save(inbox: string, changed: readonly IntakeFolder[], gone: readonly string[]): Promise<void> {
    await this.connections.write(async (tx) => {
      for (let i = 0; i < gone.length; i += AT_ONCE) {
        await tx.delete(IntakeFolderSchema, { inbox, folder: In(gone.slice(i, i + AT_ONCE)) });
      }
      for (let i = 0; i < changed.length; i += AT_ONCE) {
        await tx.upsert(IntakeFolderSchema, changed.slice(i, i + AT_ONCE), ['inbox', 'folder']);
      }
    });
  }
}
