import { CONTROL_FILE_NAMES, type ControlFileName } from '../../ports/folder-watcher.js';

/**
 * What an entry of a dropped folder is by its name. `copying`: a file that copy programs rename when it is whole (rsync's
 * hidden names, WinSCP's .filepart, browsers' .part): no content yet, but a sign that the copy goes on.
 */
export type EntryKind = 'content' | 'copying' | 'ignored';

const IGNORED_NAMES = new Set(['@eaDir', '#recycle', 'Thumbs.db', '.DS_Store']);

export function entryKind(name: string, isFolder: boolean): EntryKind {
  if (IGNORED_NAMES.has(name) || name.startsWith('~')) return 'ignored';
  const isUnfinished = name.startsWith('.') || /\.(part|filepart|tmp)$/i.test(name);
  if (!isUnfinished) return 'content';
  return isFolder ? 'ignored' : 'copying';
}

/** True for the files by which people steer a case: never part of its content. */
export function isControlFile(name: string): name is ControlFileName {
  return (CONTROL_FILE_NAMES as readonly string[]).includes(name);
}
