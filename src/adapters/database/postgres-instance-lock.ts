import { hostname } from 'node:os';
import { setTimeout as passing } from 'node:timers/promises';
import type pg from 'pg';
import { toCaseError } from '../../domain/errors.js';
import type { InstanceLock, LockHolder } from '../../ports/instance-lock.js';
import { alreadyRunning, NOBODY_KNOWN } from './already-running.js';
import { translated } from './database-error.js';
import type { DatabaseOptions } from './database-options.js';

/** Any number; another one than that of migrations. Advisory locks are told apart by database, so it is one for each. */
const LOCK = 0x6d_71_69_31;

const PING_EVERY_MS = 5_000;
const AGAIN_MS = 1_000;
const END_WITHIN_MS = 2_000;

/** A server notices within about 11 s that our machine is gone, and frees the lock; a process that ends, at once. */
const KEEPALIVE = 'SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3';

/** The session that holds the lock; a 64-bit key shows as classid (high half), objid (low half) and objsubid 1. */
const HOLDER =
  'SELECT a.application_name AS name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid ' +
  "WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objid = $1 AND l.objsubid = 1 " +
  'AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())';

/**
 * An advisory lock on a connection of its own, which the server frees when that connection ends. Its application name
 * says who holds it.
 *
 * A server that restarts forgets the lock, so the connection is asked every few seconds, and a lost one is taken again at
 * once. Should another service have been faster, it has taken over our cases as well: whoever listens is told to end.
 * Until then the versions of the rows keep the two apart.
 */
export class PostgresInstanceLock implements InstanceLock {
  #held: pg.Client | null = null;
  #wanted = false;
  #listeners: (() => void)[] = [];

  constructor(
    private readonly options: Pick<DatabaseOptions, 'url' | 'connectionTimeoutSeconds'>,
    private readonly pingEveryMs = PING_EVERY_MS,
  ) {}

  async acquire(): Promise<void> {
    if (this.#wanted) return;
    const client = await this.#take();
    this.#wanted = true;
    void this.#keep(client);
  }

  async release(): Promise<void> {
    this.#wanted = false;
    const client = this.#held;
    this.#held = null;
    if (client !== null) await ended(client);
  }

  async holder(): Promise<LockHolder | null> {
    const client = await this.#connected('mqi');
    try {
      return await holderOf(client);
    } finally {
      await ended(client);
    }
  }

  onLost(callback: () => void): void {
    this.#listeners.push(callback);
  }

  async #take(): Promise<pg.Client> {
    const client = await this.#connected(ourName());
    try {
      const { rows } = await asked<{ taken: boolean }>(client, 'SELECT pg_try_advisory_lock($1) AS taken', [LOCK]);
      if (rows[0]?.taken !== true) throw alreadyRunning('database', (await holderOf(client)) ?? NOBODY_KNOWN);
      await asked(client, KEEPALIVE);
    } catch (thrown) {
      await ended(client);
      throw thrown;
    }
    this.#held = client;
    return client;
  }

  /** Never rejects. Until the lock is released or lost for good. */
  async #keep(first: pg.Client): Promise<void> {
    let client: pg.Client | null = first;
    while (client !== null) {
      await passing(this.pingEveryMs, undefined, { ref: false });
      if (!this.#wanted) return;
      if (await answers(client)) continue;
      await ended(client);
      client = await this.#takeAgain();
    }
  }

  /** Until the server answers again: while it does not, nobody can hold the lock or write a row. Null: lost for good. */
  async #takeAgain(): Promise<pg.Client | null> {
    while (this.#wanted) {
      try {
        const client = await this.#take();
        if (this.#stillWanted()) return client;
        await this.release(); // while we took it
      } catch (thrown) {
        if (toCaseError(thrown).code === 'service.already-running') {
          for (const tell of this.#listeners) tell();
          return null;
        }
      }
      await passing(AGAIN_MS, undefined, { ref: false });
    }
    return null;
  }

  /** Asked after an await, during which `release` may have been called. */
  #stillWanted(): boolean {
    return this.#wanted;
  }

  async #connected(name: string): Promise<pg.Client> {
    const { url, connectionTimeoutSeconds } = this.options;
    const { Client } = (await import('pg')).default; // not loaded where SQLite is used
    const client = new Client({
      ...(url === undefined ? {} : { connectionString: url }),
      connectionTimeoutMillis: connectionTimeoutSeconds * 1000,
      query_timeout: connectionTimeoutSeconds * 1000,
      application_name: name,
      keepAlive: true,
    });
    client.on('error', () => undefined); // a cut connection is found by the next ping
    await translated('postgres', () => client.connect());
    return client;
  }
}

/** PostgreSQL keeps 63 bytes of it: the host comes last, since it may be long. */
const ourName = (): string => {
  const since = new Date().toISOString().slice(0, 19);
  return `mqi ${String(process.pid)} ${since}Z ${hostname()}`.slice(0, 63);
};

async function holderOf(client: pg.Client): Promise<LockHolder | null> {
  const { rows } = await asked<{ name: string | null }>(client, HOLDER, [LOCK]);
  if (rows[0] === undefined) return null;
  // The name of a session of another database user is hidden from us.
  const found = /^mqi (\d+) (\S+) (.+)$/.exec(rows[0].name ?? '');
  if (found === null) return NOBODY_KNOWN;
  const [, pid = '0', since = '', host = ''] = found;
  return { pid: Number(pid), host, since };
}

const asked = <R extends pg.QueryResultRow>(
  client: pg.Client,
  sql: string,
  values: readonly number[] = [],
): Promise<pg.QueryResult<R>> => translated('postgres', () => client.query<R>(sql, [...values]));

async function answers(client: pg.Client): Promise<boolean> {
  try {
    await client.query('SELECT 1');
    return true;
  } catch {
    return false; // cut off, or the server does not answer: both mean that the lock may be gone
  }
}

/** Never rejects, and does not wait for a server that does not answer. */
async function ended(client: pg.Client): Promise<void> {
  const giveUp = new AbortController();
  const tooLong = passing(END_WITHIN_MS, undefined, { ref: false, signal: giveUp.signal });
  try {
    await Promise.race([client.end(), tooLong]);
  } catch {
    // It was cut off before: the server has freed what it held.
  } finally {
    tooLong.catch(() => undefined); // given up on, as it should be
    giveUp.abort();
  }
}
