import type { ChannelRule } from '../../src/domain/notification.js';
import type { ChannelReach, NotificationChannel, NotificationMessage } from '../../src/ports/notification-channel.js';

/** Keeps what it was sent. */
export class FakeNotificationChannel implements NotificationChannel {
  readonly kind = 'fake';
  readonly sent: NotificationMessage[] = [];
  /** Thrown by `send` as long as it is set. */
  failure: Error | null = null;
  /** Keeps the message and fails nevertheless: the answer was lost. */
  losesAnswer = false;

  /** What `check` finds. */
  reach: ChannelReach = { tried: 'connected', doubt: null };

  constructor(readonly rule: ChannelRule) {}

  check(): Promise<ChannelReach> {
    return this.failure === null ? Promise.resolve(this.reach) : Promise.reject(this.failure);
  }

  send(message: NotificationMessage): Promise<void> {
    if (this.failure !== null && !this.losesAnswer) return Promise.reject(this.failure);
    this.sent.push(message);
    return this.failure === null ? Promise.resolve() : Promise.reject(this.failure);
  }
}
