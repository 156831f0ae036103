import { createHash } from 'node:crypto';

/** Names a case folder in the log: folder names may hold a patient's name, so they never stand there themselves. */
export function folderHash(folder: string): string {
  return createHash('sha256').update(folder).digest('hex').slice(0, 12);
}
