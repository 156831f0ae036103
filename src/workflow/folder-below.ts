import { isAbsolute, relative, resolve, sep } from 'node:path';

/** `folder` (absolute, or relative to the inbox) as a path below the inbox with `/`; null when it lies elsewhere. */
export function folderBelow(inbox: string, folder: string): string | null {
  const below = relative(inbox, resolve(inbox, folder));
  if (below === '' || below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below)) return null;
  return below.split(sep).join('/');
}
