import { opendir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InboxSettings } from '../../ports/inbox-settings.js';
import { broken, doubtful, fine, type Finding } from './finding.js';

const LIMITS = '/proc/sys/fs/inotify';
/** A look at more takes longer than a check should; then it is said that there are more. */
const MOST_FOLDERS = 50_000;
const FEW_INSTANCES = 16;
const ENOUGH = 2;

export interface InotifyLimits {
  /** For one user; null where the system does not tell (no Linux). */
  readonly maxWatches: number | null;
  readonly maxInstances: number | null;
}

/** Each folder of an inbox that is watched by events takes a watch; where they run out, folders are polled. */
export async function checkInotify(inboxes: readonly InboxSettings[], limits?: InotifyLimits): Promise<Finding> {
  const watched = inboxes.filter(({ watch }) => watch !== 'poll');
  if (watched.length === 0) return fine('inotify', 'not needed: every inbox is polled');
  let folders = 0;
  for (const { path } of watched) folders += await foldersIn(path, MOST_FOLDERS - folders);
  return inotifyLine(folders, limits ?? (await systemLimits()));
}

function inotifyLine(folders: number, { maxWatches, maxInstances }: InotifyLimits): Finding {
  const name = 'inotify';
  if (maxWatches === null || maxInstances === null) return fine(name, 'the system has no such limits');
  const counted = `${folders >= MOST_FOLDERS ? 'at least ' : ''}${String(folders)}`;
  const words = `${counted} folders in the inboxes, ${String(maxWatches)} watches and ${String(maxInstances)} instances for a user`;
  const remedy = (key: string, value: number): string =>
    `sysctl fs.inotify.${key}=${String(value)} (and in /etc/sysctl.d), or set intake.watch to poll`;
  if (folders >= maxWatches) return broken(name, words, remedy('max_user_watches', 4 * folders));
  if (folders * ENOUGH >= maxWatches) return doubtful(name, words, remedy('max_user_watches', 4 * folders));
  if (maxInstances < FEW_INSTANCES) return doubtful(name, words, remedy('max_user_instances', 128));
  return fine(name, words);
}

async function systemLimits(): Promise<InotifyLimits> {
  const [maxWatches = null, maxInstances = null] = await Promise.all(
    ['max_user_watches', 'max_user_instances'].map((key) => numberIn(join(LIMITS, key))),
  );
  return { maxWatches, maxInstances };
}

async function numberIn(path: string): Promise<number | null> {
  const text = await readFile(path, 'utf8').catch(() => ''); // no Linux
  return /^\d+\s*$/.test(text) ? Number(text) : null;
}

/** The folder itself counts; links are not followed. What cannot be listed is watched by nobody. */
async function foldersIn(folder: string, most: number): Promise<number> {
  let count = 0;
  const waiting = [folder];
  for (let next = waiting.pop(); next !== undefined && count < most; next = waiting.pop()) {
    const listing = await opendir(next).catch(() => null);
    if (listing === null) continue;
    count += 1;
    for await (const entry of listing) if (entry.isDirectory()) waiting.push(join(next, entry.name));
  }
  return count;
}
