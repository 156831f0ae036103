import { PrometheusMetrics, type MetricSources } from '../../src/adapters/metrics/prometheus-metrics.js';
import { EndedAttempts } from '../../src/workflow/ended-attempts.js';
import { FakeCaseQueries } from '../fakes/fake-case-queries.js';
import { FakeClock } from '../fakes/fake-clock.js';
import { FakeDatabaseTimes } from '../fakes/fake-database-times.js';
import { FakeDiskSpace } from '../fakes/fake-disk-space.js';
import { FakeInboxes } from '../fakes/fake-inboxes.js';
import { FakeNoticeStore } from '../fakes/fake-notice-store.js';
import { FakeRunFeed } from '../fakes/fake-run-feed.js';
import { FakeTables } from '../fakes/fake-tables.js';

/** The metrics over fakes; give what the test is about. */
export function someMetrics(tables = new FakeTables(), change: Partial<MetricSources> = {}): PrometheusMetrics {
  const feed = new FakeRunFeed(tables);
  return new PrometheusMetrics({
    queries: new FakeCaseQueries(tables),
    inboxes: new FakeInboxes(),
    feed,
    ended: new EndedAttempts(feed, 0),
    notices: new FakeNoticeStore(),
    disk: new FakeDiskSpace(),
    times: new FakeDatabaseTimes(),
    clock: new FakeClock(),
    root: '/data',
    minFreeGiB: 5,
    version: '1.2.3',
    ...change,
  });
}
