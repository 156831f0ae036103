import { appendFile, chmod, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { AuditHead } from '../../domain/audit.js';
import { operator } from '../../domain/errors.js';
import { makeFolders } from '../../files/make-folders.js';
import { systemCode } from '../../files/system-code.js';

const LINE = /^(\d{1,15}) ([0-9a-f]{64})$/;

/**
 * A file beside the database with number and hash of every row of the audit trail, a line each: who cuts the end of the
 * table off, or calculates the whole chain anew, must change it as well, and any copy of it shows that. Several processes
 * append, each line with one write in append mode, so lines stay whole, in whatever order.
 */
export class AuditAnchors {
  constructor(private readonly path: string) {}

  async note({ seq, hash }: AuditHead): Promise<void> {
    await makeFolders(dirname(this.path));
    await appendFile(this.path, `${String(seq)} ${hash}\n`, { mode: 0o600 });
    if (seq === 1) await chmod(this.path, 0o600);
  }

  /** All that were noted. A last line that a crash cut short is none. */
  async noted(): Promise<readonly AuditHead[]> {
    try {
      const lines = (await readFile(this.path, 'utf8')).split('\n');
      return lines.flatMap((line) => {
        const [, seq, hash] = LINE.exec(line) ?? [];
        return seq === undefined || hash === undefined ? [] : [{ seq: Number(seq), hash }];
      });
    } catch (thrown) {
      if (systemCode(thrown) === 'ENOENT') return [];
      throw operator('audit.anchors', 'the file audit-anchors in the root cannot be read', {
        cause: thrown,
        remedy: 'run this as the user of the service',
      });
    }
  }
}
