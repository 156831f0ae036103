import { operator, type CaseError } from '../../domain/errors.js';
import type { LockHolder } from '../../ports/instance-lock.js';

/** What only one service may work on. */
export type LockedThing = 'root' | 'database';

/** The lock is held, but its holder has not (yet) said who it is. */
export const NOBODY_KNOWN: LockHolder = { pid: 0, host: 'unknown', since: 'unknown' };

const REMEDY: Readonly<Record<LockedThing, string>> = {
  root: 'stop it first, wait for it with --wait SECONDS, or give this one another --root',
  database: 'stop it first, wait for it with --wait SECONDS, or give this one another database',
};

/** What a second service is told. */
export const alreadyRunning = (thing: LockedThing, { pid, host, since }: LockHolder): CaseError =>
  operator(
    'service.already-running',
    `a service is running on this ${thing}: pid ${String(pid)} on ${host} since ${since}`,
    { remedy: REMEDY[thing] },
  );
