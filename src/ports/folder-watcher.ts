import type { Arrival } from '../domain/arrival.js';
import type { EpochMs } from '../domain/time.js';

/** A folder in which nothing has changed for the quiet time, or whose ready marker is there. */
export interface SettledFolder {
  /** Below the inbox, `/` between segments. */
  readonly folder: string;
  readonly fingerprint: string;
  readonly files: number;
  readonly bytes: number;
}

/** A folder as it was seen at one look. */
export interface SeenFolder extends SettledFolder {
  /** As the fingerprint, of the half-copied files too, which are no content yet but show that a copy goes on. */
  readonly activity: string;
}

export const CONTROL_FILE_NAMES = ['MQI_RETRY', 'MQI_HOLD', 'MQI_CANCEL'] as const;
export type ControlFileName = (typeof CONTROL_FILE_NAMES)[number];

/** True for the files by which people steer a case: never part of its content. */
export function isControlFile(name: string): name is ControlFileName {
  return (CONTROL_FILE_NAMES as readonly string[]).includes(name);
}

/** A file at the top of a case folder by which people steer the case from the share. */
export interface ControlFile {
  readonly folder: string;
  readonly name: ControlFileName;
  /** Its mtime, by the clock of whoever wrote it. */
  readonly writtenAt: EpochMs;
}

export interface WatcherState {
  readonly mode: 'events' | 'poll';
  /** Why that mode, in words. */
  readonly modeBecause: string;
  /** Last time the inbox was looked through; null before the first. */
  readonly lastSweepAt: number | null;
  /** Case folders in the inbox. */
  readonly entries: number;
  /** How long the last sweep took; null before the first. */
  readonly sweepMs: number | null;
  /** Calls to the file system of the inbox from the end of the sweep before to the end of the last; null before the first. */
  readonly calls: number | null;
  /** Since when the share is away, and why it is thought to be; null while it is there. */
  readonly lostSince: EpochMs | null;
  readonly lostBecause: string | null;
  /** Folders not yet taken as they stand. */
  readonly settling: readonly Arrival[];
}

/** Yields case folders of one inbox. Never writes there. What is done with all inboxes: ports/inboxes.ts. */
export interface FolderWatcher {
  /**
   * Starts watching; existing folders are found too. `onSettled` is awaited; a folder whose callback rejects is offered
   * again at the next sweep. A settled folder is offered once per content. Each control file is offered until
   * `onControl` answers true: it was obeyed, or never can be; after that only when it is written anew.
   *
   * What was taken before the start, by this service or one before it, is remembered: such a folder is looked at again in
   * its turn, not at the start, unless `lookAtAll` says so. Throws what the database does when it cannot be read.
   */
  start(
    onSettled: (folder: SettledFolder) => Promise<void>,
    onControl?: (file: ControlFile) => Promise<boolean>,
    lookAtAll?: boolean,
  ): Promise<void>;
  stop(): Promise<void>;
  /**
   * Fingerprint of a folder now, without waiting. Throws input `intake.no-such-folder`, transient `disk.failed` where the
   * inbox does not answer, and the signal's reason.
   */
  look(folder: string, signal?: AbortSignal): Promise<SeenFolder>;
  /**
   * Somebody has seen that a folder changed: it is walked soon, and settles and is offered by the usual rules, though no
   * event told of it. Asked again it does not begin its quiet time anew. Nothing is done about a folder not known.
   */
  lookSoon(folder: string): void;
  state(): WatcherState;
}
