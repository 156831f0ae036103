import type { WebPorts } from '../../src/web/web-ports.js';
import { FakeAuditTrail } from '../fakes/fake-audit-trail.js';
import { FakeCaseControl } from '../fakes/fake-case-control.js';
import { FakeCaseFiles } from '../fakes/fake-case-files.js';
import { FakeCasePictures } from '../fakes/fake-case-pictures.js';
import { FakeCaseHistory } from '../fakes/fake-case-history.js';
import { FakeCaseLists } from '../fakes/fake-case-lists.js';
import { FakeCaseQueries } from '../fakes/fake-case-queries.js';
import { FakeClock } from '../fakes/fake-clock.js';
import { FakeDeliveryControl } from '../fakes/fake-delivery-control.js';
import { FakeDiskHistory } from '../fakes/fake-disk-history.js';
import { FakeDiskSpace } from '../fakes/fake-disk-space.js';
import { FakeInboxes } from '../fakes/fake-inboxes.js';
import { FakeLogReader } from '../fakes/fake-log-reader.js';
import { FakeLogger } from '../fakes/fake-logger.js';
import { FakeTables } from '../fakes/fake-tables.js';
import { FakeUsers } from '../fakes/fake-users.js';

export interface SomeWebPorts extends WebPorts {
  readonly tables: FakeTables;
  readonly queries: FakeCaseQueries;
  readonly control: FakeCaseControl;
  readonly deliveries: FakeDeliveryControl;
  readonly inboxes: FakeInboxes;
  readonly pictures: FakeCasePictures;
  readonly files: FakeCaseFiles;
  readonly logs: FakeLogReader;
  readonly disk: FakeDiskSpace;
  readonly diskHistory: FakeDiskHistory;
  readonly history: FakeCaseHistory;
  readonly clock: FakeClock;
  readonly log: FakeLogger;
  readonly users: FakeUsers;
  readonly audit: FakeAuditTrail;
}

/** Fakes over one set of tables. */
export function someWebPorts(): SomeWebPorts {
  const tables = new FakeTables();
  const queries = new FakeCaseQueries(tables);
  return {
    tables,
    queries,
    lists: new FakeCaseLists(queries),
    history: new FakeCaseHistory(),
    control: new FakeCaseControl(tables),
    deliveries: new FakeDeliveryControl(tables),
    inboxes: new FakeInboxes(),
    pictures: new FakeCasePictures(),
    files: new FakeCaseFiles(),
    logs: new FakeLogReader(),
    disk: new FakeDiskSpace(),
    diskHistory: new FakeDiskHistory(),
    root: '/root',
    minFreeBytes: 5e9,
    clock: new FakeClock(),
    log: new FakeLogger(),
    users: new FakeUsers(),
    audit: new FakeAuditTrail(),
  };
}
