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

/** A way to reach people. */
export interface NotificationChannel {
  readonly rule: ChannelRule;
  readonly kind: string;
  /**
   * Resolves when the other side has taken the message. Throws CaseErrors `notify.*`; all of them are tried again, for the
   * other side may be mended while we run. Ends by itself after a time of its own.
   */
  send(message: NotificationMessage, signal: AbortSignal): Promise<void>;
}
export const NotificationChannels = new Token<readonly NotificationChannel[]>('NotificationChannels');
