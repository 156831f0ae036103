import type { InboxArrival } from '../../src/domain/arrival.js';
import type { IntakeFolder } from '../../src/domain/intake-folder.js';
import type { Beam } from '../../src/domain/beam.js';
import type { CaseUpload } from '../../src/domain/case-upload.js';
import type { Attempt, Case, Transition } from '../../src/domain/case.js';
import type { Delivery } from '../../src/domain/delivery.js';
import type { KeptReceipt } from '../../src/domain/receipt.js';
import type { Resource } from '../../src/domain/resource.js';
import type { TargetState } from '../../src/domain/target-state.js';
import type { KnownTarget } from '../../src/ports/target-store.js';
import { anIntakeFolder } from '../builders/an-intake-folder.js';

/** The rows that the fake stores share, as one database would hold them. Rows are replaced, never changed in place. */
export class FakeTables {
  readonly cases = new Map<string, Case>();
  readonly beams = new Map<string, Beam>();
  readonly receipts = new Map<string, KeptReceipt>();
  readonly uploads = new Map<string, CaseUpload>();
  readonly targets = new Map<string, TargetState>();
  readonly knownTargets = new Map<string, KnownTarget>();
  readonly deliveries = new Map<number, Delivery>();
  readonly resources = new Map<string, Resource>();
  readonly transitions: Transition[] = [];
  attempts: Attempt[] = [];
  intakeFolders: readonly IntakeFolder[] = [];
  #lastId = 0;

  constructor(rows: { readonly cases?: readonly Case[]; readonly beams?: readonly Beam[] } = {}) {
    for (const kase of rows.cases ?? []) this.cases.set(kase.id, kase);
    for (const beam of rows.beams ?? []) this.beams.set(beam.id, beam);
  }

  /** Puts folders there that arrive. */
  set arrivals(arrivals: readonly InboxArrival[]) {
    this.intakeFolders = arrivals.map((arrival) => anIntakeFolder(arrival));
  }

  /** Next number for a row that is numbered. */
  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  beamsOf(caseId: string): readonly Beam[] {
    return [...this.beams.values()]
      .filter((beam) => beam.caseId === caseId)
      .sort((a, b) => a.beamNumber - b.beamNumber);
  }

  /** Closes the open attempts that `which` picks. */
  closeAttempts(which: (attempt: Attempt) => boolean, close: Pick<Attempt, 'outcome' | 'error' | 'finishedAt'>): void {
    this.attempts = this.attempts.map((attempt) =>
      attempt.outcome === null && which(attempt) ? { ...attempt, ...close } : attempt,
    );
  }
}

/** The answer of `work`, or its error, as a promise. */
export function answer<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(work());
  });
}
