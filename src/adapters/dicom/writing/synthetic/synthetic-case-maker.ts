import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { operator } from '../../../../domain/errors.js';
import type { CaseMaker, SyntheticCase } from '../../../../ports/case-maker.js';
import { diskError } from '../../../../files/disk-error.js';
import { DEFAULT_PHANTOM, phantomOf, type PhantomOptions } from './phantom.js';
import { makeFolders } from '../../../../files/make-folders.js';

/**
 * Cases of a water box in air: clearly no patient (SYNTHETIC^PHANTOM), valid DICOM, the same bytes for the same wishes.
 * The DICOM library is loaded only when a case is made.
 */
export class SyntheticCaseMaker implements CaseMaker {
  readonly #options: PhantomOptions;

  constructor(options: Partial<PhantomOptions> = {}) {
    this.#options = { ...DEFAULT_PHANTOM, ...options };
  }

  /** Throws operator `case-maker.exists` when the folder is there already, `case-maker.refused` for wishes below 1. */
  async make(folder: string, wanted: SyntheticCase): Promise<void> {
    const counts = [wanted.beams, wanted.layers, wanted.spotsPerLayer];
    if (!counts.every((count) => Number.isInteger(count) && count >= 1)) {
      throw operator('case-maker.refused', 'beams, layers and spots must be whole numbers of at least 1');
    }
    try {
      await makeNew(resolve(folder));
      const { writeCase } = await import('./write-case.js');
      await writeCase(resolve(folder), phantomOf(wanted, this.#options), wanted);
    } catch (error) {
      throw diskError(error);
    }
  }
}

async function makeNew(folder: string): Promise<void> {
  await makeFolders(dirname(folder));
  try {
    await mkdir(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw operator('case-maker.exists', 'the folder for the new case is there already', {
      cause,
      remedy: 'name a folder that does not exist yet',
    });
  }
}
