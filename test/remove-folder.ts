import { rmSync } from 'node:fs';

const TRIES = 20;
const PAUSE_MS = 50;
/** Something was made in it meanwhile; it was still mounted. */
const PASSING = ['ENOTEMPTY', 'EBUSY'];

/**
 * Removes a folder with all that is in it, also what a process that was just killed, or is about to end, still makes there
 * meanwhile. (`maxRetries` of Node.js 20 is no help: it only tries again to remove the folder as empty, never what is new in it.)
 */
export function removeFolder(path: string): void {
  for (let tries = 1; ; tries += 1) {
    try {
      rmSync(path, { recursive: true, force: true });
      return;
    } catch (thrown) {
      if (tries === TRIES || !PASSING.includes((thrown as NodeJS.ErrnoException).code ?? '')) throw thrown;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}
