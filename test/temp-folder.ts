import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of its own for each test of the surrounding suite, removed after it. Call inside `describe`. */
export function tempFolder(): { readonly path: string } {
  const folder = { path: '' };
  beforeEach(() => {
    folder.path = mkdtempSync(join(tmpdir(), 'mqi-test-'));
  });
  afterEach(() => {
    // Again where a process that was just killed has still made a file there.
    rmSync(folder.path, { recursive: true, force: true, maxRetries: 5 });
  });
  return folder;
}
