import { expect } from 'chai';
import { symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { InstanceLocks } from '../../src/adapters/database/instance-locks.js';
import { PostgresInstanceLock } from '../../src/adapters/database/postgres-instance-lock.js';
import { SqliteInstanceLock } from '../../src/adapters/database/sqlite-instance-lock.js';
import type { InstanceLock } from '../../src/ports/instance-lock.js';
import { execute, postgresPrograms, postgresServer } from '../postgres-server.js';
import { rejection } from '../rejection.js';
import { tempFolder } from '../temp-folder.js';
import { until } from '../until.js';

/** @param make a further lock of the same thing, as another process would have one */
function itIsALock(make: () => Promise<InstanceLock>): void {
  let first: InstanceLock;
  let second: InstanceLock;
  beforeEach(async () => {
    [first, second] = [await make(), await make()];
  });
  afterEach(async () => {
    await first.release();
    await second.release();
  });

  it('is held by one at a time, and the other is told by whom', async () => {
    await first.acquire();
    const refusal = await rejection(second.acquire());
    expect(refusal).to.include({ code: 'service.already-running', severity: 'operator' });
    expect(refusal)
      .to.have.property('message')
      .that.includes(`pid ${String(process.pid)} on ${hostname()}`);
    expect(await second.holder()).to.include({ pid: process.pid, host: hostname() });
  });

  it('is free again at once when it was released', async () => {
    await first.acquire();
    await first.release();
    expect(await second.holder()).to.equal(null);
    await second.acquire();
    expect(await rejection(first.acquire())).to.include({ code: 'service.already-running' });
  });

  it('is kept when it is acquired twice, and is no trouble when it was never held', async () => {
    await first.acquire();
    await first.acquire();
    await second.release();
    expect(await first.holder()).to.include({ pid: process.pid });
  });
}

describe('locks of a service', () => {
  const folder = tempFolder();

  describe('on a root', () => {
    itIsALock(() => Promise.resolve(new SqliteInstanceLock(folder.path)));
  });

  describe('on a SQLite database', () => {
    itIsALock(() => Promise.resolve(SqliteInstanceLock.ofDatabase(join(folder.path, 'new', 'mqi.sqlite'))));

    it('is the same lock through a link to its folder', async () => {
      const [real, link] = [join(folder.path, 'real'), join(folder.path, 'link')];
      const lock = SqliteInstanceLock.ofDatabase(join(real, 'mqi.sqlite'));
      await lock.acquire();
      symlinkSync(real, link);
      const other = SqliteInstanceLock.ofDatabase(join(link, 'mqi.sqlite'));
      expect(await rejection(other.acquire())).to.include({ code: 'service.already-running' });
      await lock.release();
    });

    it('of a database below what is no folder says that it cannot be made', async () => {
      writeFileSync(join(folder.path, 'file'), '');
      const lock = SqliteInstanceLock.ofDatabase(join(folder.path, 'file', 'root', 'mqi.sqlite'));
      expect(await rejection(lock.holder())).to.include({ code: 'service.root-unwritable', severity: 'operator' });
    });
  });

  describe('on a PostgreSQL database', () => {
    let url = '';
    const lock = (): PostgresInstanceLock => new PostgresInstanceLock({ url, connectionTimeoutSeconds: 5 }, 20);
    before(function () {
      if (postgresPrograms() === null) this.skip();
    });
    beforeEach(async () => {
      url = await postgresServer.newDatabase();
    });
    itIsALock(() => Promise.resolve(lock()));

    const cut = (): Promise<void> =>
      execute(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'mqi %'");

    it('is taken again when the connection was cut', async () => {
      const ours = lock();
      await ours.acquire();
      await cut();
      await until('it is held again', async () => (await lock().holder()) !== null);
      await ours.release();
    });

    it('tells its holder when another service was faster after a cut', async () => {
      const ours = lock();
      let lost = false;
      ours.onLost(() => {
        lost = true;
      });
      const slow = new PostgresInstanceLock({ url, connectionTimeoutSeconds: 5 }, 2_000);
      slow.onLost(() => {
        lost = true;
      });
      await slow.acquire();
      await cut();
      // The server frees it a little later than it says so.
      await until('it is free', async () => (await lock().holder()) === null);
      await ours.acquire();
      await until('the first is told', () => lost);
      await slow.release();
      await ours.release();
    });
  });

  it('takes root and database together or not at all', async () => {
    const root = (): InstanceLock => new SqliteInstanceLock(join(folder.path, 'a'));
    const database = (): InstanceLock => SqliteInstanceLock.ofDatabase(join(folder.path, 'mqi.sqlite'));
    const held = database();
    await held.acquire();
    const both = new InstanceLocks([root(), database()]);
    expect(await rejection(both.acquire()))
      .to.have.property('message')
      .that.includes('on this database');
    expect(await root().holder(), 'the root is not kept').to.equal(null);
    await held.release();
    await both.acquire();
    expect(await both.holder()).to.include({ pid: process.pid });
    await both.release();
    expect(await both.holder()).to.equal(null);
  });
});
