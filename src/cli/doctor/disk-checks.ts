import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasRoom, roomWords } from '../../domain/disk-need.js';
import type { DiskSpace } from '../../ports/disk-space.js';
import type { Settings } from '../../ports/settings.js';
import { codeOf, exists } from './is-present.js';
import { broken, doubtful, fine, type Finding } from './finding.js';

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
