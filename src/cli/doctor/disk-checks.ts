import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasRoom, roomWords } from '../../domain/disk-need.js';
import { diskForecast, forecastWords, FORECAST_SPAN_MS } from '../../domain/disk-forecast.js';
import type { EpochMs } from '../../domain/time.js';
import type { DiskHistory } from '../../ports/disk-history.js';
import type { DiskSpace } from '../../ports/disk-space.js';
import type { Settings } from '../../ports/settings.js';
import { codeOf, exists } from './is-present.js';
import { broken, doubtful, fine, type Finding } from './finding.js';

const GIB = 2 ** 30;
const SOON_DAYS = 14;

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

/** From what the service sampled: when the disk will be down to the limit, if things go on as they did. */
export async function checkForecast(
  { root, intake: { minFreeGiB } }: Pick<Settings, 'root' | 'intake'>,
  history: DiskHistory,
  now: EpochMs,
): Promise<Finding> {
  const name = 'disk forecast';
  const forecast = diskForecast(await history.since(now - FORECAST_SPAN_MS), minFreeGiB * GIB, now);
  const words = forecastWords(forecast);
  const isNear = forecast.kind === 'fills' && forecast.days < SOON_DAYS;
  const remedy = 'free space or add some; see retention in the configuration';
  return isNear ? doubtful(name, `${words} (${root})`, remedy) : fine(name, words);
}

async function nearestPresent(folder: string): Promise<string> {
  return (await exists(folder)) || dirname(folder) === folder ? folder : nearestPresent(dirname(folder));
}
