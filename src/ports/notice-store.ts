import { Token } from 'typedi';
import type { Lasting, Notice, NoticeState } from '../domain/notification.js';
import type { EpochMs } from '../domain/time.js';

/** How far the history of cases was read: from the first to the last, ids of transitions. */
export interface ReadMark {
  /** What was before it happened before anybody asked to be told. */
  readonly first: number;
  readonly last: number;
}

export type NewNotice = Pick<Notice, 'channel' | 'key' | 'occurrence' | 'createdAt' | 'notBefore'>;

/** What one look has found: written as a whole or not at all. */
export interface NoticedChange {
  readonly notices: readonly NewNotice[];
  readonly mark?: ReadMark;
  readonly began?: readonly Lasting[];
  /** Keys of what is over. */
  readonly ended?: readonly string[];
}

/** How many notices of a channel are in a state. */
export interface NoticeCount {
  readonly channel: string;
  readonly state: NoticeState;
  readonly count: number;
}

/**
 * What people are to be told, until they were (tables `notices`, `lasting_troubles`, `notice_marks`). Written by the
 * notifier of the service alone; it outlives the service.
 */
export interface NoticeStore {
  /** Null before the first look. */
  mark(): Promise<ReadMark | null>;
  lasting(): Promise<readonly Lasting[]>;
  /** Notices that are there already (channel and key) stay as they are. */
  record(change: NoticedChange): Promise<void>;
  /** Waiting ones of the channel whose time has come, oldest first. */
  due(channel: string, now: EpochMs, limit: number): Promise<readonly Notice[]>;
  /** Makes these one message, before it is sent for the first time. */
  bind(ids: readonly number[], message: string): Promise<void>;
  /** An attempt to send the message failed; it is sent again at `notBefore`. */
  failed(ids: readonly number[], failure: string, notBefore: EpochMs): Promise<void>;
  end(ids: readonly number[], state: Exclude<NoticeState, 'waiting'>, at: EpochMs): Promise<void>;
  /** Messages of the channel that were sent at or after this time. */
  messagesSince(channel: string, since: EpochMs): Promise<number>;
  counts(): Promise<readonly NoticeCount[]>;
  /** Removes those that ended before, and those of channels that are not among these. */
  forget(before: EpochMs, channels: readonly string[]): Promise<void>;
}
export const NoticeStore = new Token<NoticeStore>('NoticeStore');
