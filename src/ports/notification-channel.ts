import { Token } from 'typedi';
import type { ChannelRule, Occurrence } from '../domain/notification.js';

/** One message; sent again after a failure or a kill it is the same in every part. */
export interface NotificationMessage {
  /** One for each message: receivers tell a repetition by it. */
  readonly id: string;
  readonly subject: string;
  /** Plain text, lines ended by `\n`. */
  readonly text: string;
  readonly occurrences: readonly Occurrence[];
}

/** What a look at a channel found without sending a message. */
export interface ChannelReach {
  /** In words, what was tried and answered. */
  readonly tried: string;
  /** Why messages might still not be taken; null: nothing speaks against it. */
  readonly doubt: string | null;
}

/** A way to reach people. */
export interface NotificationChannel {
  readonly rule: ChannelRule;
  readonly kind: string;
  /**
   * Resolves when the other side has taken the message. Throws CaseErrors `notify.*`; all of them are tried again, for the
   * other side may be mended while we run. Ends by itself after a time of its own.
   */
  send(message: NotificationMessage, signal: AbortSignal): Promise<void>;
  /** Reaches the other side as `send` would, and tells it nothing. Throws as `send`. */
  check(signal: AbortSignal): Promise<ChannelReach>;
}
export const NotificationChannels = new Token<readonly NotificationChannel[]>('NotificationChannels');
