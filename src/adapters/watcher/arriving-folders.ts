import type { Arrival } from '../../domain/arrival.js';
import type { EpochMs } from '../../domain/time.js';
import type { WatchedFolder } from './watched-folder.js';

/**
 * Folders not yet taken as they stand.
 * @param clockOrigin wall time at which the monotonic clock read zero
 */
export function arrivingFolders(folders: ReadonlyMap<string, WatchedFolder>, clockOrigin: EpochMs): readonly Arrival[] {
  return [...folders]
    .filter(([, watched]) => watched.isOpen)
    .map(([folder, { files, bytes, lastChangeAt }]) => ({
      folder,
      files,
      bytes,
      lastChangeAt: Math.ceil(lastChangeAt + clockOrigin),
    }));
}
