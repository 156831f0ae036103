import { EmailChannel } from './adapters/notifications/email-channel.js';
import { WebhookChannel } from './adapters/notifications/webhook-channel.js';
import type { Clock } from './ports/clock.js';
import type { NotificationChannel } from './ports/notification-channel.js';
import type { Settings } from './ports/settings.js';

type Entry = Settings['notifications']['channels'][number];

/** The channel of one entry of `notifications.channels`: part of the composition root (container.ts). Nothing is connected. */
export function notificationChannel(entry: Entry, clock: Clock): NotificationChannel {
  const { webhook, email, ...rule } = entry;
  const channels: Record<Entry['kind'], () => NotificationChannel> = {
    webhook: () => new WebhookChannel(rule, given(webhook), clock),
    email: () => new EmailChannel(rule, given(email)),
  };
  return channels[entry.kind]();
}

/** What a kind needs is there: the configuration is refused otherwise (config/notification-contradictions.ts). */
function given<T>(value: T | null): T {
  if (value === null) throw new Error('a channel lacks what its kind needs');
  return value;
}
