import { folderKey } from '../../src/domain/case-folder.js';
import type { Case } from '../../src/domain/case.js';

let made = 0;

/** A registered case, first run of a folder of its own; give what the test is about. */
export function aCase(change: Partial<Case> = {}): Case {
  made += 1;
  const createdAt = change.createdAt ?? 1_760_000_000_000 + made;
  const folder = change.folder ?? `case-${String(made)}`;
  return {
    id: `c${String(made).padStart(7, '0')}`,
    inbox: '',
    folder,
    folderKey: folderKey(folder),
    fingerprint: `fingerprint-${String(made)}`,
    run: 1,
    state: 'registered',
    version: 1,
    priority: 0,
    planLabel: null,
    planSopInstanceUid: null,
    machine: null,
    duplicateOf: null,
    calculationKey: null,
    resultsOf: null,
    beamCount: 0,
    progress: 0,
    waitingFor: null,
    heldBecause: null,
    attempt: 0,
    crashes: 0,
    notBefore: null,
    leaseOwner: null,
    leasedUntil: null,
    endedFrom: null,
    error: null,
    createdAt,
    takenAt: createdAt,
    updatedAt: createdAt,
    finishedAt: null,
    ...change,
  };
}
