import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { input, operator } from '../../../domain/errors.js';
import { diskError } from '../../../files/disk-error.js';
import { mayPass } from '../../../files/system-code.js';

export interface FolderWalk {
  /** Relative to the folder, `/` between segments, sorted by code units. */
  readonly files: readonly string[];
  /** Links, FIFOs, devices and folders that may not be listed: never opened, never followed. */
  readonly refused: readonly { readonly path: string; readonly reason: string }[];
}

/**
 * Lists a case folder without following a link anywhere.
 * @throws input `intake.folder-gone`, `intake.link`, `intake.too-many-files`; operator `intake.no-access`; transient
 * `disk.failed` where the share does not answer
 */
export async function walkFolder(folder: string, maxFiles: number, signal: AbortSignal): Promise<FolderWalk> {
  await requireFolder(folder);
  const files: string[] = [];
  const refused: { path: string; reason: string }[] = [];
  const waiting = [''];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    signal.throwIfAborted();
    const within = next;
    const entries = await entriesOf(folder, within, refused);
    for (const entry of entries) {
      const path = within === '' ? entry.name : `${within}/${entry.name}`;
      if (entry.isDirectory()) waiting.push(path);
      else if (entry.isFile()) files.push(path);
      else refused.push({ path, reason: entry.isSymbolicLink() ? LINK : 'not a regular file' });
    }
    if (files.length + refused.length > maxFiles) throw tooMany(maxFiles);
  }
  return { files: files.sort(byCodeUnits), refused: refused.sort((a, b) => byCodeUnits(a.path, b.path)) };
}

const LINK = 'a symbolic link: links are not followed';
const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

async function requireFolder(folder: string): Promise<void> {
  const stats = await lstat(folder).catch((cause: unknown) => {
    throw mayPass(cause) ? diskError(cause, 'the inbox') : gone(cause);
  });
  if (stats.isSymbolicLink()) {
    throw input('intake.link', 'the case folder is a symbolic link, which is not followed', {
      remedy: 'copy the folder itself into the inbox',
    });
  }
  if (!stats.isDirectory()) throw gone(undefined);
}

async function entriesOf(
  folder: string,
  within: string,
  refused: { path: string; reason: string }[],
): Promise<Awaited<ReturnType<typeof readEntries>>> {
  try {
    return await readEntries(join(folder, within));
  } catch (cause) {
    if (mayPass(cause)) throw diskError(cause, 'the inbox');
    if (within !== '') {
      refused.push({ path: within, reason: 'a folder that may not be listed' });
      return [];
    }
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw gone(cause);
    throw operator('intake.no-access', 'the case folder may not be listed', {
      cause,
      remedy: 'give the service permission to read the inbox, then: mqi resume ID',
    });
  }
}

const readEntries = (path: string) => readdir(path, { withFileTypes: true });

const gone = (cause: unknown) =>
  input('intake.folder-gone', 'the case folder is no longer in the inbox', {
    cause,
    remedy: 'put the folder back into the inbox, then: mqi retry ID',
  });

const tooMany = (maxFiles: number) =>
  input('intake.too-many-files', `the case folder holds more than ${String(maxFiles)} files (intake.maxFiles)`, {
    remedy: 'drop one case per folder, or raise intake.maxFiles',
  });
