import type { ContainerInstance } from 'typedi';
import { MetricsWhenLoaded } from './adapters/metrics/metrics-when-loaded.js';
import { EmailChannel } from './adapters/notifications/email-channel.js';
import { WebhookChannel } from './adapters/notifications/webhook-channel.js';
import { OtlpExporter } from './adapters/telemetry/otlp-exporter.js';
import { bind, type Get } from './container-binding.js';
import { CaseQueries } from './ports/case-queries.js';
import { Clock } from './ports/clock.js';
import { Companions } from './ports/companions.js';
import { DatabaseTimes } from './ports/database-times.js';
import { DiskSpace } from './ports/disk-space.js';
import { Inboxes } from './ports/inboxes.js';
import { Metrics } from './ports/metrics.js';
import { NoticeStore } from './ports/notice-store.js';
import { NotificationChannels, type NotificationChannel } from './ports/notification-channel.js';
import { RunFeed } from './ports/run-feed.js';
import type { Settings } from './ports/settings.js';
import { TraceExporter } from './ports/trace-exporter.js';
import { EndedAttempts } from './workflow/ended-attempts.js';
import { Notifier } from './workflow/notifications/notifier.js';
import { TraceTeller } from './workflow/traces/trace-teller.js';

/**
 * Those who tell others of what the service does: part of the composition root (container.ts). Nothing is connected, and no
 * library for it loaded, before there is something to tell.
 */
export function bindTelling(container: ContainerInstance, settings: Settings, version: string): void {
  const { notifications, telemetry } = settings;
  bind(container, NotificationChannels, (get) =>
    notifications.channels.map((entry) => notificationChannel(entry, get(Clock))),
  );
  bind(container, Companions, (get) => [get(Notifier), get(TraceTeller)]);
  const { otlpUrl: url, serviceName } = telemetry;
  bind(container, TraceExporter, () => (url === null ? null : new OtlpExporter({ url, serviceName, version })));
  bind(container, Metrics, (get) => metrics(get, settings, version));
}

/** Counted from now on, as Prometheus expects of a process. */
const metrics = (get: Get, { root, intake: { minFreeGiB } }: Settings, version: string): Metrics =>
  new MetricsWhenLoaded({
    queries: get(CaseQueries),
    inboxes: get(Inboxes),
    feed: get(RunFeed),
    ended: new EndedAttempts(get(RunFeed), get(Clock).now()),
    notices: get(NoticeStore),
    disk: get(DiskSpace),
    times: get(DatabaseTimes),
    clock: get(Clock),
    root,
    minFreeGiB,
    version,
  });

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
