import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CaseError } from '../../domain/errors.js';
import { hasRoom, roomWords } from '../../domain/disk-need.js';
import type { DiskSpace } from '../../ports/disk-space.js';
import type { InboxGuard } from '../../ports/inbox-guard.js';
import type { Settings } from '../../ports/settings.js';
import { broken, doubtful, fine, type Finding } from './finding.js';

const SHARE_LOST =
  'mount the share again; if the inbox is meant to be another kind of folder now, remove inbox-seen.json below the root';

/** What sshfs keeps of files and folders by default (sshfs(1), dcache_timeout). How it was mounted, nobody tells. */
const SSHFS_KEEPS_SECONDS = 20;
const SSHFS = `mount it with -o dir_cache=no (if it is, all is well), or set intake.quietSeconds to more than ${String(SSHFS_KEEPS_SECONDS)}`;

const counted = (entries: number): string => (entries === 1 ? '1 entry' : `${String(entries)} entries`);

/** The share must be there and readable; it is never written to. */
export async function checkInbox(
  { intake: { inbox, inboxMarker, quietSeconds } }: Settings,
  guard: InboxGuard,
): Promise<Finding> {
  try {
    const { loss, mode, modeBecause, fileSystem, entries, listingMs } = await guard.survey();
    if (loss !== null) return broken('inbox', `the share is lost: ${loss.because}`, SHARE_LOST);
    const watched = `watched by ${mode === 'events' ? 'events' : 'polling'} (${modeBecause})`;
    const marker = inboxMarker === null ? 'no marker is configured' : 'its marker is there';
    const listed = `${counted(entries)} listed in ${listingMs.toFixed(1)} ms`;
    const found = `${inbox} can be read; ${watched}; ${listed}; ${marker}`;
    if (fileSystem !== 'fuse.sshfs' || quietSeconds > SSHFS_KEEPS_SECONDS) return fine('inbox', found);
    return doubtful('inbox', `${found}; sshfs shows changes up to ${String(SSHFS_KEEPS_SECONDS)} s late`, SSHFS);
  } catch (thrown) {
    if (thrown instanceof CaseError) throw thrown;
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
export async function checkFreeSpace({ root, intake: { minFreeGiB } }: Settings, disk: DiskSpace): Promise<Finding> {
  const state = { freeBytes: await disk.freeBytes(root), minFreeGiB, needBytes: 0 };
  const message = roomWords(state);
  const remedy = 'free space, or lower intake.minFreeGiB';
  if (!hasRoom(state)) return broken('disk', message, remedy);
  return hasRoom({ ...state, minFreeGiB: 2 * minFreeGiB }) ? fine('disk', message) : doubtful('disk', message, remedy);
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
