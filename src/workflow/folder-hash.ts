import { createHash } from 'node:crypto';
import type { CaseFolder } from '../domain/case-folder.js';

/** Names a case folder in the log: folder names may hold a patient's name, so they never stand there themselves. */
export function folderHash({ inbox, folder }: CaseFolder): string {
  return createHash('sha256')
    .update(inbox === '' ? folder : `${inbox}:${folder}`)
    .digest('hex')
    .slice(0, 12);
}
