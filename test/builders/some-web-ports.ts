import type { WebPorts } from '../../src/web/web-ports.js';
import { FakeAuditTrail } from '../fakes/fake-audit-trail.js';
import { FakeCaseControl } from '../fakes/fake-case-control.js';
import { FakeCaseQueries } from '../fakes/fake-case-queries.js';
import { FakeClock } from '../fakes/fake-clock.js';
import { FakeDeliveryControl } from '../fakes/fake-delivery-control.js';
import { FakeInboxes } from '../fakes/fake-inboxes.js';
import { FakeLogger } from '../fakes/fake-logger.js';
import { FakeTables } from '../fakes/fake-tables.js';
import { FakeUsers } from '../fakes/fake-users.js';

export interface SomeWebPorts extends WebPorts {
  readonly tables: FakeTables;
  readonly queries: FakeCaseQueries;
  readonly control: FakeCaseControl;
  readonly deliveries: FakeDeliveryControl;
  readonly inboxes: FakeInboxes;
  readonly clock: FakeClock;
  readonly log: FakeLogger;
  readonly users: FakeUsers;
  readonly audit: FakeAuditTrail;
}

/** Fakes over one set of tables. */
export function someWebPorts(): SomeWebPorts {
  const tables = new FakeTables();
  return {
    tables,
    queries: new FakeCaseQueries(tables),
    control: new FakeCaseControl(tables),
    deliveries: new FakeDeliveryControl(tables),
    inboxes: new FakeInboxes(),
    clock: new FakeClock(),
    log: new FakeLogger(),
    users: new FakeUsers(),
    audit: new FakeAuditTrail(),
  };
}
