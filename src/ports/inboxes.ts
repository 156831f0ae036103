import { Token } from 'typedi';
import type { CaseFolder } from '../domain/case-folder.js';
import type { StrayEntries } from '../domain/stray-entries.js';
import type { ControlFile, SeenFolder, SettledFolder, WatcherState } from './folder-watcher.js';
import type { InboxGuard } from './inbox-guard.js';

/** A settled folder, and the inbox it lies in. */
export type FoundFolder = SettledFolder & CaseFolder;

export type FoundControlFile = ControlFile & CaseFolder;

export interface InboxState extends WatcherState {
  /** Name of the inbox; '' for the first one. */
  readonly inbox: string;
}

/** All inboxes. Each is watched, lost and found on its own. */
export interface Inboxes {
  /** Starts watching them all, side by side; the callbacks are as of FolderWatcher.start. */
  start(
    onSettled: (found: FoundFolder) => Promise<void>,
    onControl: (file: FoundControlFile) => Promise<boolean>,
    lookAtAll?: boolean,
  ): Promise<void>;
  stop(): Promise<void>;
  /** A case folder as it is now. Throws as FolderWatcher.look, and operator `intake.unknown-inbox`. */
  look(where: CaseFolder, signal?: AbortSignal): Promise<SeenFolder & CaseFolder>;
  /** As FolderWatcher.lookSoon. Throws operator `intake.unknown-inbox`. */
  lookSoon(where: CaseFolder): void;
  /**
   * Whether the inbox lists the folder in exactly this spelling; a share on which upper and lower case are the same lists
   * one only. Throws transient `intake.share-lost` when that cannot be told now, operator `intake.unknown-inbox`.
   */
  isListed(where: CaseFolder): Promise<boolean>;
  /** The first inbox first. */
  states(): readonly InboxState[];
  /** Throws operator `intake.unknown-inbox` for a name that the configuration no longer has. */
  guardOf(inbox: string): InboxGuard;
  /** What lies in the inbox and is no case, and why. Throws as `guardOf`, and what the system says of the inbox itself. */
  strays(inbox: string): Promise<StrayEntries>;
}
export const Inboxes = new Token<Inboxes>('Inboxes');
