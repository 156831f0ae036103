import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { CaseError, input } from '../../domain/errors.js';
import { caseFolderOf, type Layout } from '../../domain/layout.js';
import { diskError } from '../../files/disk-error.js';
import { mayPass } from '../../files/system-code.js';
import type { SeenFolder } from '../../ports/folder-watcher.js';
import { walkFolder } from './folder-walk.js';
import type { ReadyMarkers } from './ready-markers.js';

/**
 * A case folder as it is now. Throws input `intake.no-such-folder`, also for a link or a folder at another level, transient
 * `disk.failed` where the share does not answer, and the reason of the signal.
 */
export async function lookAtFolder(
  inbox: string,
  layout: Layout,
  folder: string,
  markers: ReadyMarkers | null,
  signal?: AbortSignal,
): Promise<SeenFolder> {
  const names = folder.split('/');
  if (caseFolderOf(folder, layout) !== folder || names.some((name) => ['', '.', '..'].includes(name))) {
    throw noSuchFolder(`it is no case folder: those lie as ${layout.template} in the inbox`);
  }
  try {
    for (let depth = 1; depth <= names.length; depth += 1) {
      const entry = await lstat(join(inbox, ...names.slice(0, depth)));
      if (!entry.isDirectory()) throw noSuchFolder('it is a link or a file, not a folder');
    }
    const { fingerprint, activity, files, bytes } = await walkFolder(inbox, folder, markers, signal);
    return { folder, fingerprint, activity, files, bytes };
  } catch (thrown) {
    signal?.throwIfAborted();
    if (thrown instanceof CaseError) throw thrown;
    if (mayPass(thrown)) throw diskError(thrown, 'the inbox');
    throw noSuchFolder('there is no such folder in the inbox, or it cannot be read', thrown);
  }
}

const noSuchFolder = (why: string, cause?: unknown): CaseError =>
  input('intake.no-such-folder', why, { cause, remedy: 'name a case folder of the inbox, as it stands there' });
