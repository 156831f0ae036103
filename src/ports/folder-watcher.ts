import { Token } from 'typedi';

/** A folder in which nothing has changed for the quiet time, or whose ready marker is there. */
export interface SettledFolder {
  /** Below the inbox, `/` between segments. */
  readonly folder: string;
  readonly fingerprint: string;
  readonly files: number;
  readonly bytes: number;
}

export interface WatcherState {
  readonly mode: 'events' | 'poll';
  readonly lastSweepAt: number | null;
  readonly settling: readonly { readonly folder: string; readonly files: number; readonly lastChangeAt: number }[];
}

/** Yields case folders of the inbox. Never writes there. */
export interface FolderWatcher {
  /**
   * Starts watching; existing folders are found too. `onSettled` is awaited; a folder whose callback rejects is offered
   * again at the next sweep. A settled folder is offered once per content.
   */
  start(onSettled: (folder: SettledFolder) => Promise<void>): Promise<void>;
  stop(): Promise<void>;
  /** Fingerprint of a folder now, without waiting. Throws input `intake.no-such-folder`. */
  look(folder: string): Promise<SettledFolder>;
  state(): WatcherState;
}
export const FolderWatcher = new Token<FolderWatcher>('FolderWatcher');
