import type { Pseudonym } from '../../src/domain/pseudonym.js';
import type { PseudonymStore } from '../../src/ports/pseudonym-store.js';
import { answer } from './fake-tables.js';

/** Pseudonyms in memory (test/contract/pseudonym-store.test.ts runs against this and the database). */
export class FakePseudonymStore implements PseudonymStore {
  readonly rows = new Map<string, Pseudonym>();

  keep(wanted: readonly Pseudonym[]): Promise<readonly Pseudonym[]> {
    return answer(() =>
      wanted.map((pseudonym) => {
        const key = JSON.stringify([pseudonym.scope, pseudonym.kind, pseudonym.original]);
        const kept = this.rows.get(key) ?? pseudonym;
        this.rows.set(key, kept);
        return kept;
      }),
    );
  }

  patients(): Promise<readonly string[]> {
    const patients = [...this.rows.values()].filter(({ kind }) => kind === 'patient');
    return answer(() => [...new Set(patients.map(({ original }) => original))].sort());
  }

  find(text: string): Promise<readonly Pseudonym[]> {
    return answer(() =>
      [...this.rows.values()]
        .filter(({ original, replacement }) => original === text || replacement === text)
        .sort((a, b) => b.at - a.at),
    );
  }
}
