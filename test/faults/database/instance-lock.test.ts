import { expect } from 'chai';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SqliteInstanceLock } from '../../../src/adapters/database/sqlite-instance-lock.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';

const PROGRAM = fileURLToPath(new URL('./hold-lock.js', import.meta.url));

describe('one service per root', () => {
  const folder = tempFolder();
  let child: ChildProcess | null = null;
  let lock: SqliteInstanceLock;

  beforeEach(() => {
    lock = new SqliteInstanceLock(join(folder.path, 'root'));
  });
  afterEach(async () => {
    child?.kill('SIGKILL');
    await lock.release();
  });

  async function otherService(): Promise<ChildProcess> {
    const other = spawn(process.execPath, [PROGRAM, join(folder.path, 'root')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child = other;
    await once(other.stdout, 'data');
    return other;
  }

  it('refuses a second one, naming the first', async () => {
    const other = await otherService();
    const refusal = await rejection(lock.acquire());
    expect(refusal).to.include({ code: 'service.already-running', severity: 'operator' });
    expect(refusal)
      .to.have.property('message')
      .that.includes(`pid ${String(other.pid)} on ${hostname()}`);
    expect(await lock.holder()).to.include({ pid: other.pid, host: hostname() });
  });

  it('is free again as soon as the holder was killed', async () => {
    const other = await otherService();
    other.kill('SIGKILL');
    await once(other, 'close');
    expect(await lock.holder()).to.equal(null);
    await lock.acquire();
    expect(await lock.holder()).to.include({ pid: process.pid });
  });

  it('is held until it is released, also while others look who holds it', async () => {
    await lock.acquire();
    const second = new SqliteInstanceLock(join(folder.path, 'root'));
    for (let i = 0; i < 3; i++) expect(await second.holder()).to.include({ pid: process.pid });
    expect(await rejection(second.acquire())).to.include({ code: 'service.already-running' });
    await lock.release();
    expect(await second.holder()).to.equal(null);
    await second.acquire();
    await second.release();
  });

  it('is not taken by what a dead service left lying there', async () => {
    mkdirSync(join(folder.path, 'root'));
    writeFileSync(join(folder.path, 'root', 'mqi.lock.json'), '{"pid":1,"host":"x","since":"y"}');
    writeFileSync(join(folder.path, 'root', 'mqi.lock'), '');
    expect(await lock.holder()).to.equal(null);
    await lock.acquire();
  });
});
