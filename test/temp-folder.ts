import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder } from './remove-folder.js';

/** A folder of its own for each test of the surrounding suite, removed after it. Call inside `describe`. */
export function tempFolder(): { readonly path: string } {
  const folder = { path: '' };
  beforeEach(() => {
    folder.path = mkdtempSync(join(tmpdir(), 'mqi-test-'));
  });
  afterEach(() => {
    // Again where a process that was just killed has still made a file there.
    removeFolder(folder.path);
  });
  return folder;
}
