import { constants } from 'node:fs';
import { access, opendir, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Settings } from '../../ports/settings.js';
import { broken, doubtful, fine, type Finding } from './finding.js';

const GIB = 2 ** 30;

/** The share must be there and readable; it is never written to. */
export async function checkInbox({ intake: { inbox } }: Settings): Promise<Finding> {
  try {
    const folder = await opendir(inbox);
    await folder.close();
    return fine('inbox', `${inbox} can be read`);
  } catch (thrown) {
    if (!(await exists(dirname(inbox)))) {
      return doubtful('inbox', `${inbox} does not exist yet`, 'start the service, or mount the share there');
    }
    return hasCode(thrown, 'ENOENT')
      ? doubtful(
          'inbox',
          `${inbox} does not exist`,
          'mount the share there; below the root, starting the service makes it',
        )
      : broken('inbox', `${inbox} cannot be read (${codeOf(thrown)})`, 'give the user of the service read access');
  }
}

/** The root must be writable, or makeable. */
export async function checkRoot({ root }: Settings): Promise<Finding> {
  const present = await nearestPresent(root);
  try {
    await access(present, constants.W_OK | constants.X_OK);
  } catch (thrown) {
    const message = `${present} cannot be written to (${codeOf(thrown)})`;
    return broken('root', message, 'give the user of the service write access, or set root to another folder');
  }
  return fine('root', present === root ? `${root} can be written to` : `${root} will be made at the first start`);
}

/** No new work is started below the limit; a little above it is worth a word. */
export async function checkFreeSpace({ root, intake: { minFreeGiB } }: Settings): Promise<Finding> {
  const { bavail, bsize } = await statfs(await nearestPresent(root));
  const freeGiB = (bavail * bsize) / GIB;
  const message = `${freeGiB.toFixed(1)} GiB free, at least ${String(minFreeGiB)} GiB wanted`;
  const remedy = 'free space, or lower intake.minFreeGiB';
  if (freeGiB < minFreeGiB) return broken('disk', message, remedy);
  return freeGiB < 2 * minFreeGiB ? doubtful('disk', message, remedy) : fine('disk', message);
}

async function nearestPresent(folder: string): Promise<string> {
  return (await exists(folder)) || dirname(folder) === folder ? folder : nearestPresent(dirname(folder));
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    // Whatever the reason, it is not there for us.
    return false;
  }
}

const codeOf = (thrown: unknown): string =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : 'unknown reason';
const hasCode = (thrown: unknown, code: string): boolean => codeOf(thrown) === code;
