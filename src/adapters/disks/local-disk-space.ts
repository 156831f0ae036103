import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { transient } from '../../domain/errors.js';
import { diskError } from '../../files/disk-error.js';
import { systemCode } from '../../files/system-code.js';
import type { Clock } from '../../ports/clock.js';
import type { DiskSpace } from '../../ports/disk-space.js';

/** A mounted share whose server is away may never answer. */
const ANSWER_WITHIN_MS = 10_000;

/** What the kernel says (statfs): room for users other than root. */
export class LocalDiskSpace implements DiskSpace {
  constructor(private readonly clock: Clock) {}

  async freeBytes(path: string): Promise<number> {
    const waiting = new AbortController();
    const late = this.clock.sleep(ANSWER_WITHIN_MS, waiting.signal).then(() => null);
    const asked = freeOn(path);
    asked.catch(() => undefined); // heard below, or nobody waits for it any more
    try {
      const free = await Promise.race([asked, late]);
      if (free === null) throw transient('disk.failed', 'the disk of the root does not answer');
      return free;
    } finally {
      waiting.abort();
    }
  }
}

async function freeOn(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (thrown) {
    if (systemCode(thrown) !== 'ENOENT' || dirname(path) === path) throw diskError(thrown);
    return freeOn(dirname(path));
  }
}
