import { readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { CaseView } from '../../src/workflow/case-view.js';
import { Service } from '../e2e/service.js';
import { until } from '../until.js';
import { closeGate, drop, faultSettings, INTAKE, openGate, untilEnginesRun } from './a-service-with-cases.js';
import { mountTmpfs, noMounting, remount, unmount } from './mounted.js';

/** Dose files of about 2 MB each. */
const LARGE_DOSE = { phantom: { sizeMm: [160, 160, 160], spacingMm: 2 } };

describe('a disk without room, or read-only', function () {
  this.timeout(60_000);
  let service: Service;
  const mounted: string[] = [];

  before(function () {
    const why = noMounting();
    if (why === null) return;
    this.test?.parent?.tests.forEach((test) => (test.title += ` (${why})`));
    this.skip();
  });
  afterEach(async () => {
    await service.stop();
    for (const folder of mounted.splice(0)) unmount(folder);
    await service.end();
  });

  const mount = (folder: string, size: string): void => {
    mountTmpfs(folder, size);
    mounted.push(folder);
  };
  /** Fills the disk up to so many bytes; gives the file to remove. */
  function fill(folder: string, leaveBytes: number): string {
    const { bavail, bsize } = statfsSync(folder);
    const ballast = join(folder, 'ballast');
    try {
      writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - leaveBytes)));
    } catch (thrown) {
      // The service has written meanwhile: full it is all the same.
      if ((thrown as NodeJS.ErrnoException).code !== 'ENOSPC') throw thrown;
    }
    return ballast;
  }
  const parts = (folder: string): readonly string[] =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.part'));
  const held = ({ status }: CaseView): boolean => status.startsWith('held: ');

  it('keeps new cases waiting below minFreeGiB, by name, and goes on by itself when there is room', async () => {
    service = new Service(faultSettings({ intake: { ...INTAKE, minFreeGiB: 64 / 1024 } }));
    mount(service.root, '96m');
    const ballast = fill(service.root, 48 * 2 ** 20);
    service.start();
    await drop(service, 'case');
    const waiting = await service.untilCases('it waits', ['case'], ({ waitingFor }) => waitingFor !== null);
    expect(waiting.get('case')).to.include({ state: 'registered', attempt: 0, error: null });
    expect(waiting.get('case')?.waitingFor).to.match(/^disk space: 0\.0\d+ GiB free, .*\(intake\.minFreeGiB\)$/);
    rmSync(ballast);
    const ended = await service.untilEnded(['case'], 50_000);
    expect(ended.get('case')).to.include({ state: 'completed', run: 1 });
  });

  it('holds a case whose results do not fit, with the remedy; none is truncated, and resume ends it well', async () => {
    service = new Service(faultSettings({ geometry: LARGE_DOSE }));
    const work = join(service.root, 'work');
    mount(work, '12m');
    closeGate(service);
    service.start();
    // One beam: its engine's file fits, its RT Dose does not.
    await drop(service, 'case', 1);
    await untilEnginesRun(service, 'case');
    const ballast = fill(work, 3 * 2 ** 20);
    openGate(service);
    const stopped = (await service.untilCases('it is held', ['case'], held, 40_000)).get('case');
    expect(stopped?.error).to.include({ code: 'disk.full', severity: 'operator' });
    expect(parts(join(work, stopped?.id ?? '', '1', 'dose'))).to.deep.equal([]);
    rmSync(ballast);
    await service.mqi('resume', stopped?.id ?? '');
    const ended = await service.untilEnded(['case']);
    expect(ended.get('case')).to.include({ state: 'completed', run: 1 });
    expect(await service.mqi('db', 'check')).to.contain('true');
  });

  it('holds a case whose engines meet the full disk themselves: none is run again before resume', async () => {
    service = new Service(faultSettings({ geometry: LARGE_DOSE }));
    const work = join(service.root, 'work');
    mount(work, '12m');
    closeGate(service);
    service.start();
    await drop(service, 'case');
    await untilEnginesRun(service, 'case');
    const ballast = fill(work, 2 ** 20);
    openGate(service);
    const stopped = (await service.untilCases('it is held', ['case'], held, 40_000)).get('case');
    expect(stopped?.error).to.include({ code: 'disk.full', severity: 'operator' });
    const attempts = readdirSync(join(work, stopped?.id ?? '', '1'), { recursive: true, encoding: 'utf8' });
    expect(attempts.filter((name) => name.endsWith('attempt-2'))).to.deep.equal([]);
    rmSync(ballast);
    await service.mqi('resume', stopped?.id ?? '');
    expect((await service.untilEnded(['case'])).get('case')).to.include({ state: 'completed', run: 1 });
  });

  it('survives a database without room: what ended meanwhile is written when there is room again', async () => {
    service = new Service(faultSettings());
    mount(service.root, '24m');
    closeGate(service);
    service.start();
    await drop(service, 'case');
    await untilEnginesRun(service, 'case');
    const ballast = fill(service.root, 0);
    openGate(service);
    await until('the service has met the full disk', () => service.output().includes('disk.full'), 20_000);
    rmSync(ballast);
    const settled = await service.untilCases(
      'it ended or is held',
      ['case'],
      (kase) => held(kase) || kase.finishedAt !== null,
    );
    const kase = settled.get('case');
    if (kase?.finishedAt === null) await service.mqi('resume', kase.id);
    expect((await service.untilEnded(['case'])).get('case')).to.include({ state: 'completed', run: 1 });
    expect(await service.mqi('db', 'check')).to.contain('true');
  });

  it('holds a case whose target became read-only, and delivers it once the target is writable again', async () => {
    service = new Service(faultSettings());
    mount(service.outbox, '16m');
    closeGate(service);
    service.start();
    await drop(service, 'case');
    await untilEnginesRun(service, 'case');
    remount(service.outbox, 'ro');
    openGate(service);
    const stopped = (await service.untilCases('it is held', ['case'], held)).get('case');
    expect(stopped).to.include({ state: 'assembled' });
    expect(stopped?.error).to.include({ code: 'disk.read-only', severity: 'operator' });
    remount(service.outbox, 'rw');
    await service.mqi('resume', stopped?.id ?? '');
    expect((await service.untilEnded(['case'])).get('case')).to.include({ state: 'completed' });
  });
});
