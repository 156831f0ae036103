import type { AuditTrail } from '../ports/audit-trail.js';
import type { CaseControl } from '../ports/case-control.js';
import type { CaseFiles } from '../ports/case-files.js';
import type { CasePictures } from '../ports/case-pictures.js';
import type { CaseHistory } from '../ports/case-history.js';
import type { CaseLists } from '../ports/case-lists.js';
import type { CaseQueries } from '../ports/case-queries.js';
import type { Clock } from '../ports/clock.js';
import type { DeliveryControl } from '../ports/delivery-control.js';
import type { DiskHistory } from '../ports/disk-history.js';
import type { DiskSpace } from '../ports/disk-space.js';
import type { Inboxes } from '../ports/inboxes.js';
import type { LogReader } from '../ports/log-reader.js';
import type { Logger } from '../ports/logger.js';
import type { Users } from '../ports/users.js';

/** What the pages and the interface are made from. */
export interface WebPorts {
  readonly queries: CaseQueries;
  readonly lists: CaseLists;
  readonly history: CaseHistory;
  readonly control: CaseControl;
  readonly deliveries: DeliveryControl;
  readonly inboxes: Pick<Inboxes, 'states'>;
  readonly pictures: CasePictures;
  readonly files: CaseFiles;
  readonly logs: LogReader;
  readonly disk: DiskSpace;
  readonly diskHistory: Pick<DiskHistory, 'since'>;
  /** The disk that is shown, and what must stay free on it. */
  readonly root: string;
  readonly minFreeBytes: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly audit: Pick<AuditTrail, 'append'>;
  readonly users: Pick<Users, 'find' | 'withPassword'>;
  /** How many jobs run at a time at most (execution.slots); left out: as many as there are places. */
  readonly slots?: number | 'auto';
}
