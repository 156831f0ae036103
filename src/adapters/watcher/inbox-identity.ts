import { lstat, opendir, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeWholeFile } from '../../files/whole-file.js';
import { errorCode } from './error-code.js';
import { isOnNetworkShare } from './network-share.js';
import type { PastLoss } from './past-losses.js';

/** What of an inbox stays the same when its share is mounted anew. A device id does not. */
export interface InboxIdentity {
  readonly isMountPoint: boolean;
  readonly isNetworkShare: boolean;
}

export interface InboxSight extends InboxIdentity {
  /** Of this mount only. */
  readonly mount: string;
  readonly hasMarker: boolean;
}

/** About how many calls one look is: the path's links, open, read, close, two states, the kind of file system, the marker. */
export const CALLS_PER_LOOK = 8;

/** Looks at the inbox itself. Throws what the system says when it cannot be listed. */
export async function lookAtInbox(inbox: string, marker: string | null): Promise<InboxSight> {
  const path = await realpath(inbox);
  // Read, not only opened: some mounts whose server is gone still open. It also makes an automounter act.
  const folder = await opendir(path);
  try {
    await folder.read();
  } finally {
    await folder.close();
  }
  const here = await stat(path);
  const above = await stat(dirname(path));
  return {
    isMountPoint: here.dev !== above.dev,
    isNetworkShare: await isOnNetworkShare(path),
    mount: `${String(here.dev)}:${String(here.ino)}`,
    hasMarker: marker === null || (await isThere(join(path, marker))),
  };
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return false;
    throw thrown;
  }
}

/** What is kept of an inbox below the root. */
export interface InboxRecord extends InboxIdentity {
  /** When it was lost, the last times. */
  readonly losses: readonly PastLoss[];
}

/** What was ever seen of this inbox; null for one never seen. Throws what the system says of a file that cannot be read. */
export async function readIdentity(file: string, inbox: string): Promise<InboxRecord | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return null;
    throw thrown;
  }
  const kept = JSON.parse(text) as Partial<InboxRecord> & { readonly inbox?: string };
  if (kept.inbox !== inbox) return null;
  const { isMountPoint, isNetworkShare, losses = [] } = kept;
  return { isMountPoint: isMountPoint === true, isNetworkShare: isNetworkShare === true, losses };
}

export async function writeIdentity(
  file: string,
  inbox: string,
  { isMountPoint, isNetworkShare, losses }: InboxRecord,
): Promise<void> {
  await writeWholeFile(file, `${JSON.stringify({ inbox, isMountPoint, isNetworkShare, losses })}\n`);
}
