import type { IntakeFolder } from '../../src/domain/intake-folder.js';

/** A folder that arrives, walked once. */
export const anIntakeFolder = (change: Partial<IntakeFolder> = {}): IntakeFolder => ({
  inbox: '',
  folder: 'lung',
  files: 1,
  bytes: 1,
  lastChangeAt: 0,
  clockOrigin: 0,
  isArriving: true,
  seen: { fingerprint: 'content', activity: 'content', files: 1, bytes: 1, marker: null },
  takenFingerprint: null,
  takenMarker: null,
  ...change,
});
