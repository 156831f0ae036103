import type { ContainerInstance } from 'typedi';
import type { Connections } from './adapters/database/connections.js';
import { TypeormNoticeStore } from './adapters/database/typeorm-notice-store.js';
import { TypeormRunFeed } from './adapters/database/typeorm-run-feed.js';
import { EmailChannel } from './adapters/notifications/email-channel.js';
import { WebhookChannel } from './adapters/notifications/webhook-channel.js';
import { Clock } from './ports/clock.js';
import { Companions, type Companion } from './ports/companions.js';
import { NoticeStore } from './ports/notice-store.js';
import { NotificationChannels, type NotificationChannel } from './ports/notification-channel.js';
import { RunFeed } from './ports/run-feed.js';
import type { Settings } from './ports/settings.js';
import { Notifier } from './workflow/notifications/notifier.js';

/*
 * Part of the composition root (container.ts): those who tell others of what the service does.
 */

/** What they read and keep. */
export function bindFeeds(container: ContainerInstance, connections: Connections): void {
  container.set({ id: NoticeStore, factory: () => new TypeormNoticeStore(connections) });
  container.set({ id: RunFeed, factory: () => new TypeormRunFeed(connections) });
}

/** Nothing is connected, and no library loaded, before there is something to tell. */
export function bindTelling(container: ContainerInstance, { notifications }: Settings): void {
  const channels = (): readonly NotificationChannel[] =>
    notifications.channels.map((entry) => notificationChannel(entry, container.get(Clock)));
  container.set({ id: NotificationChannels, factory: channels });
  const companions = (): readonly Companion[] => [container.get(Notifier)];
  container.set({ id: Companions, factory: companions });
}

type Entry = Settings['notifications']['channels'][number];

function notificationChannel(entry: Entry, clock: Clock): NotificationChannel {
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
