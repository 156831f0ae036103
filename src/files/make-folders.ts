import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from './system-code.js';

/** Somebody may remove what was just made above, and an own try or two later it is there; a file system that says so again means it. */
const TRIES = 5;

/**
 * Makes a folder and those above it; one that is there already is fine, whoever made it. In place of Node's own `recursive`,
 * which asks for ever, at the cost of a core and beyond the reach of signals, where a folder that exists takes no child: below a
 * link to a disk that is not mounted, an automount without its server, /proc.
 * @param mode of those that are made, less the umask
 * @throws what the operating system said: ENOENT below such a folder, ENOTDIR or EEXIST where a file or such a link is in
 * the way
 */
export async function makeFolders(path: string, mode = 0o777): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await mkdir(path, { mode });
      return;
    } catch (thrown) {
      if (systemCode(thrown) !== 'ENOENT') {
        if (await isFolder(path)) return;
        throw thrown;
      }
      if (tries === TRIES || dirname(path) === path) throw thrown;
      await makeFolders(dirname(path), mode);
    }
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false; // what `mkdir` said of it is the better word
  }
}
