import { In } from 'typeorm';
import { bug } from '../../domain/errors.js';
import type { Pseudonym } from '../../domain/pseudonym.js';
import type { PseudonymStore } from '../../ports/pseudonym-store.js';
import type { Connections } from './connections.js';
import { PseudonymSchema } from './schemas/pseudonym-schema.js';

const key = ({ scope, kind, original }: Pseudonym): string => JSON.stringify([scope, kind, original]);

/** Pseudonyms in SQLite or PostgreSQL. */
export class TypeormPseudonymStore implements PseudonymStore {
  constructor(private readonly connections: Connections) {}

  /** Of two that ask for one at the same time the first is kept, and both are told of it. */
  keep(wanted: readonly Pseudonym[]): Promise<readonly Pseudonym[]> {
    return this.connections.write(async (tx) => {
      for (const pseudonym of wanted) {
        await tx.createQueryBuilder().insert().into(PseudonymSchema).values(pseudonym).orIgnore().execute();
      }
      const originals = wanted.map(({ original }) => original);
      const rows = await tx.find(PseudonymSchema, { where: { original: In(originals) } });
      const kept = new Map(rows.map((row) => [key(row), row]));
      return wanted.map((pseudonym) => {
        const row = kept.get(key(pseudonym));
        if (row === undefined) throw bug('deidentify.not-kept', 'a pseudonym that was just kept is not there');
        return row;
      });
    });
  }

  patients(): Promise<readonly string[]> {
    return this.connections.read(async (manager) => {
      const rows = await manager.find(PseudonymSchema, { where: { kind: 'patient' } });
      return [...new Set(rows.map(({ original }) => original))].sort();
    });
  }

  find(text: string): Promise<readonly Pseudonym[]> {
    return this.connections.read((manager) =>
      manager.find(PseudonymSchema, {
        where: [{ original: text }, { replacement: text }],
        order: { at: 'DESC', kind: 'ASC', original: 'ASC' },
      }),
    );
  }
}
