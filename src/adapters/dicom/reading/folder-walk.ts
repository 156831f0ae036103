import type { Dirent } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { entryKind, MAX_FOLDER_DEPTH } from '../../../domain/entry-kind.js';
import { CaseError, input, operator } from '../../../domain/errors.js';
import { diskError } from '../../../files/disk-error.js';
import { mayPass } from '../../../files/system-code.js';
import { isControlFile } from '../../../ports/folder-watcher.js';

export interface FolderWalk {
  /** Relative to the folder, `/` between segments, sorted by code units. */
  readonly files: readonly string[];
  /** Links, FIFOs, devices and folders that may not be listed: never opened, never followed. */
  readonly refused: readonly { readonly path: string; readonly reason: string }[];
}

export interface WalkRules {
  readonly maxFiles: number;
  /** Name of the file at the top that says the folder is whole (intake.readyMarker): no content; null when not used. */
  readonly readyMarker?: string | null;
}

/**
 * Lists the content of a case folder (domain/entry-kind.ts, as the watcher counts it) without following a link anywhere.
 * What is no content is left out before the walk would go down into it.
 * @throws input `intake.folder-gone`, `intake.link`, `intake.too-many-files`, `intake.too-deep`; operator
 * `intake.no-access`; transient `disk.failed` where the share does not answer
 */
export async function walkFolder(folder: string, rules: WalkRules, signal: AbortSignal): Promise<FolderWalk> {
  await requireFolder(folder);
  const found: Found = { files: [], refused: [], folders: [], seen: 0 };
  let waiting = [''];
  // Level by level, so that the count of levels is the depth.
  for (let depth = 0; waiting.length > 0; depth++) {
    if (depth > MAX_FOLDER_DEPTH) throw tooDeep();
    for (const within of waiting) await listInto(found, folder, within, rules, signal);
    waiting = found.folders.splice(0);
  }
  const { files, refused } = found;
  return { files: files.sort(byCodeUnits), refused: refused.sort((a, b) => byCodeUnits(a.path, b.path)) };
}

interface Found {
  readonly files: string[];
  readonly refused: { path: string; reason: string }[];
  /** Below the level that is being listed. */
  readonly folders: string[];
  /** Entries of every kind, folders and what is ignored too: each costs a look. */
  seen: number;
}

/** Read in portions: one readdir of a huge folder would hold up the thread, and fill the memory before it is refused. */
async function listInto(
  found: Found,
  folder: string,
  within: string,
  rules: WalkRules,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const entry of await opendir(join(folder, within), { bufferSize: 256 })) {
      signal.throwIfAborted();
      if (++found.seen > rules.maxFiles * ENTRIES_PER_FILE) throw tooMany(rules.maxFiles);
      note(found, entry, within, rules);
      if (found.files.length + found.refused.length > rules.maxFiles) throw tooMany(rules.maxFiles);
    }
  } catch (cause) {
    if (cause instanceof CaseError || signal.aborted) throw cause;
    noteUnlisted(found, within, cause);
  }
}

/** So many folders and ignored entries may stand beside each file that is allowed. */
const ENTRIES_PER_FILE = 4;

function note(found: Found, entry: Dirent, within: string, { readyMarker }: WalkRules): void {
  if (entryKind(entry.name, entry.isDirectory()) !== 'content') return;
  if (within === '' && (entry.name === readyMarker || isControlFile(entry.name))) return;
  const path = within === '' ? entry.name : `${within}/${entry.name}`;
  if (entry.isDirectory()) found.folders.push(path);
  else if (entry.isFile()) found.files.push(path);
  else found.refused.push({ path, reason: entry.isSymbolicLink() ? LINK : 'not a regular file' });
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

function noteUnlisted(found: Found, within: string, cause: unknown): void {
  if (mayPass(cause)) throw diskError(cause, 'the inbox');
  if (within !== '') {
    found.refused.push({ path: within, reason: 'a folder that may not be listed' });
    return;
  }
  if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw gone(cause);
  throw operator('intake.no-access', 'the case folder may not be listed', {
    cause,
    remedy: 'give the service permission to read the inbox, then: mqi resume ID',
  });
}

const gone = (cause: unknown) =>
  input('intake.folder-gone', 'the case folder is no longer in the inbox', {
    cause,
    remedy: 'put the folder back into the inbox, then: mqi retry ID',
  });

const tooMany = (maxFiles: number) =>
  input('intake.too-many-files', `the case folder holds more than ${String(maxFiles)} files (intake.maxFiles)`, {
    remedy: 'drop one case per folder, or raise intake.maxFiles',
  });

const tooDeep = () =>
  input('intake.too-deep', `the case folder has folders more than ${String(MAX_FOLDER_DEPTH)} levels below it`, {
    remedy: 'drop the DICOM files of one case with few folders between them',
  });
