import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DeidentifyOptions, DeidentifyingTarget } from '../../src/adapters/deidentify/deidentifying-target.js';
import { DicomDeidentifier } from '../../src/adapters/dicom/deidentify/dicom-deidentifier.js';
import { Folders } from '../../src/domain/folders.js';
import type { PseudonymStore } from '../../src/ports/pseudonym-store.js';
import type { UploadTarget } from '../../src/ports/upload-target.js';
import { FakeClock } from '../fakes/fake-clock.js';
import { FakePseudonymStore } from '../fakes/fake-pseudonym-store.js';

/** The target, told no identities; its key lies in `temp`, as does the root. */
export function aDisguised(
  inner: UploadTarget,
  temp: string,
  { pseudonyms = new FakePseudonymStore(), folders = new Folders(temp, join(temp, 'inbox')), ...change }: Changes = {},
): UploadTarget {
  const keyFile = join(temp, 'pseudonym.key');
  writeFileSync(keyFile, 'a key of more than sixteen bytes\n');
  const options = {
    keyFile,
    keyEnv: null,
    dates: 'remove',
    shiftDays: 365,
    keepSex: false,
    prefix: 'P',
    ...change,
  } as const;
  return new DeidentifyingTarget(inner, options, {
    deidentifier: new DicomDeidentifier(),
    pseudonyms,
    folders,
    clock: new FakeClock(),
  });
}

type Changes = Partial<DeidentifyOptions> & { readonly pseudonyms?: PseudonymStore; readonly folders?: Folders };
