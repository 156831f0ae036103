import type { Arrival } from '../../domain/arrival.js';
import type { WatchedFolder } from './watched-folder.js';

/**
 * Folders not yet taken as they stand.
 * @param aheadMs what the wall clock is ahead of the monotonic one
 */
export function arrivingFolders(folders: ReadonlyMap<string, WatchedFolder>, aheadMs: number): readonly Arrival[] {
  return [...folders]
    .filter(([, watched]) => watched.isOpen)
    .map(([folder, { files, bytes, lastChangeAt }]) => ({
      folder,
      files,
      bytes,
      lastChangeAt: Math.round(lastChangeAt + aheadMs),
    }));
}
