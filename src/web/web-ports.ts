import type { AuditTrail } from '../ports/audit-trail.js';
import type { CaseControl } from '../ports/case-control.js';
import type { CaseQueries } from '../ports/case-queries.js';
import type { Clock } from '../ports/clock.js';
import type { DeliveryControl } from '../ports/delivery-control.js';
import type { Inboxes } from '../ports/inboxes.js';
import type { Logger } from '../ports/logger.js';
import type { Users } from '../ports/users.js';

/** What the pages and the interface are made from. */
export interface WebPorts {
  readonly queries: CaseQueries;
  readonly control: CaseControl;
  readonly deliveries: DeliveryControl;
  readonly inboxes: Pick<Inboxes, 'states'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly audit: Pick<AuditTrail, 'append'>;
  readonly users: Pick<Users, 'find' | 'withPassword'>;
  /** How many jobs run at a time at most (execution.slots); left out: as many as there are places. */
  readonly slots?: number | 'auto';
}
