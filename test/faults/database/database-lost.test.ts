import { copyFileSync, openSync, closeSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import sqlite3 from 'sqlite3';
import { Service } from '../../e2e/service.js';
import { until } from '../../until.js';
import { closeGate, drop, faultSettings, openGate, untilEnginesRun } from '../a-service-with-cases.js';

describe('the database fails under the running service', function () {
  this.timeout(60_000);
  let service: Service;
  const file = (): string => join(service.root, 'mqi.sqlite');
  const started = (): Promise<unknown> => until('it has started', () => service.output().includes('service started'));

  async function begin(): Promise<void> {
    service = new Service(faultSettings());
    service.start();
    await started();
  }
  afterEach(() => service.end());

  it('ends it within seconds, saying so, when the file is deleted: nothing is written into the void', async () => {
    await begin();
    rmSync(file());
    expect(await service.ended()).to.equal(1);
    expect(service.output()).to.contain('the database file was deleted while the service ran');
  });

  it('ends it when another file is put in its place', async () => {
    await begin();
    copyFileSync(file(), `${file()}.copy`);
    renameSync(`${file()}.copy`, file());
    expect(await service.ended()).to.equal(1);
    expect(service.output()).to.contain('the database file was replaced while the service ran');
  });

  it('ends it when the file is found damaged, and it refuses to start on it, naming the remedy', async () => {
    await begin();
    await drop(service, 'case');
    await service.untilEnded(['case']);
    expect(await service.stop()).to.equal(0);
    const { size } = statSync(file());
    const handle = openSync(file(), 'r+');
    for (let at = 4096; at < size; at += 4096) writeSync(handle, Buffer.alloc(512, 0xa5), 0, 512, at);
    closeSync(handle);
    service.start();
    expect(await service.ended()).to.equal(1);
    expect(service.output()).to.match(/the database file is damaged.*put the last backup back/s);
  });

  it('waits for a writer that holds the database for seconds, loses nothing, and goes on', async () => {
    await begin();
    const other = new sqlite3.Database(file());
    await new Promise<void>((resolve, reject) => {
      other.exec('BEGIN IMMEDIATE', (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
    await drop(service, 'case');
    await until('the service has met the lock', () => service.output().includes('database.busy'), 20_000);
    await new Promise<void>((resolve) => {
      other.close(() => {
        resolve();
      });
    });
    const ended = await service.untilEnded(['case']);
    expect(ended.get('case')).to.include({ state: 'completed', run: 1 });
  });

  it('goes on from a backup made while an engine ran: no dose is calculated or delivered twice', async () => {
    await begin();
    closeGate(service);
    await drop(service, 'case');
    await untilEnginesRun(service, 'case');
    const [before] = await service.cases();
    const backup = join(service.root, 'backup.sqlite');
    await service.mqi('db', 'backup', backup);
    openGate(service);
    await service.untilEnded(['case']);
    const done = await service.case(before?.id ?? '');
    const delivered = readFileSync(join(service.outbox, 'case', 'RD.plan.dcm'));
    expect(await service.stop()).to.equal(0);
    copyFileSync(backup, file());
    rmSync(`${file()}-wal`, { force: true });
    service.start();
    const again = (await service.untilEnded(['case'])).get('case');
    const { beams, receipts, run } = await service.case(again?.id ?? '');
    expect([again?.id, again?.state, run]).to.deep.equal([done.id, 'completed', 1]);
    expect(beams.map(({ attempt }) => attempt)).to.deep.equal([1, 1]);
    expect(receipts.map(({ sha256 }) => sha256).sort()).to.deep.equal(done.receipts.map(({ sha256 }) => sha256).sort());
    expect(receipts.map(({ verifiedBy }) => verifiedBy)).to.include('sha256 of the copy that was already there');
    expect(readFileSync(join(service.outbox, 'case', 'RD.plan.dcm')).equals(delivered)).to.equal(true);
  });
});
