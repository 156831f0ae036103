import type { CaseControl } from '../ports/case-control.js';
import type { CaseQueries } from '../ports/case-queries.js';
import type { Clock } from '../ports/clock.js';
import type { FolderWatcher } from '../ports/folder-watcher.js';
import type { Logger } from '../ports/logger.js';

/** What the pages and the interface are made from. */
export interface WebPorts {
  readonly queries: CaseQueries;
  readonly control: CaseControl;
  readonly watcher: Pick<FolderWatcher, 'state'>;
  readonly clock: Clock;
  readonly log: Logger;
}
