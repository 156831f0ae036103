/** Files of a case folder that people drop to steer the service: never part of the case's content. */
const CONTROL_FILES = ['MQI_RETRY', 'MQI_HOLD', 'MQI_CANCEL'] as const;
export type ControlFile = (typeof CONTROL_FILES)[number];

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

export function isControlFile(name: string): name is ControlFile {
  return (CONTROL_FILES as readonly string[]).includes(name);
}
