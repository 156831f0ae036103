/**
 * What an entry of a dropped folder is by its name. `copying`: a file that copy programs rename when it is whole (rsync's
 * hidden names, WinSCP's .filepart, browsers' .part): no content yet, but a sign that the copy goes on. What the watcher
 * does not count as content, the reader does not read.
 */
export type EntryKind = 'content' | 'copying' | 'ignored';

/** Folders below each other in a case. Exports have three or four; thousands are an accident or an attack. */
export const MAX_FOLDER_DEPTH = 32;

const IGNORED_NAMES = new Set(['@eaDir', '#recycle', 'Thumbs.db', '.DS_Store']);

export function entryKind(name: string, isFolder: boolean): EntryKind {
  if (IGNORED_NAMES.has(name) || name.startsWith('~')) return 'ignored';
  const isUnfinished = name.startsWith('.') || /\.(part|filepart|tmp)$/i.test(name);
  if (!isUnfinished) return 'content';
  return isFolder ? 'ignored' : 'copying';
}
