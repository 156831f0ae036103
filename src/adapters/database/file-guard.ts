import { stat } from 'node:fs/promises';
import { operator, type CaseError } from '../../domain/errors.js';
import { systemCode } from '../../files/system-code.js';

const LOOK_EVERY_MS = 1_000;

/**
 * Tells when a file that this process holds open is no longer the one under its name: deleted, replaced (a backup put
 * back), or its disk unmounted. What is written from then on would reach nobody. A file that does not exist yet is
 * guarded from the time it does; a disk that does not answer tells nothing.
 *
 * The timer does not keep the process alive. Returns the function that ends the watch; calls back at most once.
 */
export function guardFiles(paths: readonly string[], callback: (loss: CaseError) => void): () => void {
  const known = new Map<string, string>();
  let looking = false;
  let ended = false;
  const end = (): void => {
    ended = true;
    clearInterval(timer);
  };
  const look = async (): Promise<void> => {
    for (const path of paths) {
      const now = await identityOf(path);
      const before = known.get(path);
      if (before !== undefined && now !== 'unknown' && now !== before && !ended) {
        end();
        callback(gone(now === 'missing'));
      }
      if (now !== 'missing' && now !== 'unknown') known.set(path, now);
    }
  };
  const lookAgain = (): void => {
    if (looking) return;
    looking = true;
    void look().finally(() => {
      looking = false;
    });
  };
  const timer = setInterval(lookAgain, LOOK_EVERY_MS);
  timer.unref();
  lookAgain();
  return end;
}

/** Device and inode, which name a file for as long as it is open. */
async function identityOf(path: string): Promise<string> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return `${String(dev)}:${String(ino)}`;
  } catch (thrown) {
    const code = systemCode(thrown);
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : 'unknown';
  }
}

const gone = (deleted: boolean): CaseError =>
  operator('database.gone', `the database file was ${deleted ? 'deleted' : 'replaced'} while the service ran`, {
    remedy: 'put it or the last backup back, then start the service again; see "When the disk or the database fails"',
  });
