import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { MadeDose } from '../../src/ports/dose-maker.js';

interface DoseContent {
  readonly beamNumber?: number | null;
  readonly sopInstanceUid?: string;
  readonly content?: string;
}

/** A file with the UID near its start, as DICOM has it, and some content; for targets, which look no deeper. */
export function aDoseFile(
  path: string,
  { beamNumber = 1, sopInstanceUid = '2.25.1', content = 'dose' }: DoseContent = {},
): MadeDose {
  const bytes = Buffer.from(`${'\0'.repeat(128)}DICM ${sopInstanceUid}\0 ${content}`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return {
    path,
    sopInstanceUid,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bytes: bytes.length,
    beamNumber,
  };
}
