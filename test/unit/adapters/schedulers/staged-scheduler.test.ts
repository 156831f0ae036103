import { expect } from 'chai';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StagedScheduler } from '../../../../src/adapters/schedulers/staged-scheduler.js';
import { operator, transient } from '../../../../src/domain/errors.js';
import { HostPaths } from '../../../../src/domain/host-paths.js';
import type { JobExit, JobRequest } from '../../../../src/ports/scheduler.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { FakeLogger } from '../../../fakes/fake-logger.js';
import { FakeRemoteFiles } from '../../../fakes/fake-remote-files.js';
import { FakeScheduler } from '../../../fakes/fake-scheduler.js';
import { rejection } from '../../../rejection.js';
import { tempFolder } from '../../../temp-folder.js';
import { until } from '../../../until.js';

const LIMITS = { timeoutMs: 1_000, stallMs: 1_000 };
const away = transient('host.unreachable', 'host far cannot be reached');

describe('jobs on a machine that does not see our disk', () => {
  const folder = tempFolder();
  const never = new AbortController().signal;
  let inner: FakeScheduler;
  let files: FakeRemoteFiles;
  let clock: FakeClock;
  const staged = (): StagedScheduler => {
    const paths = new HostPaths({ root: folder.path, workDir: '/far', sharedFolder: null, installed: [] });
    return new StagedScheduler(inner, files, clock, new FakeLogger(), { paths, keepDays: 7 });
  };
  const request = (): JobRequest => ({ folder: join(folder.path, 'a'), argv: ['true'], env: {}, gpuUuids: [] });
  const wait = (scheduler: StagedScheduler, lines: string[] = []): Promise<JobExit> =>
    scheduler
      .submit(request())
      .then((job) => scheduler.wait(job, LIMITS, { onLine: (line) => lines.push(line) }, never));
  beforeEach(() => {
    inner = new FakeScheduler();
    inner.plays = () => ({ lines: ['on'], end: { how: 'exited', code: 3 } });
    files = new FakeRemoteFiles();
    clock = new FakeClock();
  });

  it('run in their place there; when they have ended, all is here and nothing more is asked', async () => {
    const scheduler = staged();
    const job = await scheduler.submit(request());
    expect(job.folder).to.equal('/far/root/a');
    files.files.set('/far/root/a/engine.log', Buffer.from('on\n'));
    expect(await scheduler.wait(job, LIMITS, { onLine: () => undefined }, never)).to.include({ code: 3 });
    expect([...files.files.keys()].filter((path) => path.startsWith('/far/root/a/'))).to.deep.equal([]);
    files.failure = away;
    inner.submitFailure = away;
    const lines: string[] = [];
    expect(await wait(staged(), lines)).to.include({ code: 3 });
    expect(lines).to.deep.equal(['on']);
    expect(await staged().find(request().folder)).to.deep.equal(job);
    expect(await staged().isRunning(job)).to.equal(false);
  });

  it('leave what they said here where they broke a limit, for that tells why', async () => {
    const flood = transient('engine.log-flood', 'the engine wrote more than 1024 MiB of output and was stopped');
    inner.plays = () => ({ lines: [], end: null });
    const scheduler = staged();
    const job = await scheduler.submit(request());
    inner.end(job.folder, flood);
    files.files.set('/far/root/a/engine.log', Buffer.from('first\nlast\n'));
    files.files.set('/far/root/a/dose.mha', Buffer.from('half a dose'));
    const waiting = (): Promise<unknown> => rejection(scheduler.wait(job, LIMITS, { onLine: () => undefined }, never));
    expect(await waiting()).to.equal(flood);
    expect(readFileSync(join(request().folder, 'engine.log'), 'utf8')).to.equal('first\nlast\n');
    expect(existsSync(join(request().folder, 'dose.mha'))).to.equal(false);
    files.failure = away;
    expect(await waiting(), 'that it cannot be had hides nothing').to.equal(flood);
  });

  it('were never started where the host went away while files were copied: nobody waits for it', async () => {
    mkdirSync(request().folder);
    writeFileSync(join(request().folder, 'input'), '');
    files.failure = away;
    expect(await rejection(staged().submit(request()))).to.equal(away);
    inner.find = () => Promise.reject(away);
    expect(await staged().find(request().folder)).to.equal(null);
  });

  it('may have been started once the host was asked to: only the host can tell', async () => {
    inner.submitFailure = away;
    expect(await rejection(staged().submit(request()))).to.equal(away);
    inner.find = () => Promise.reject(away);
    expect(await rejection(staged().find(request().folder))).to.equal(away);
  });

  for (const trouble of [away, operator('host.auth', 'host far does not let us in')]) {
    it(`are waited for as long as it takes while there is ${trouble.code}`, async () => {
      const scheduler = staged();
      const job = await scheduler.submit(request());
      const real = inner.wait.bind(inner);
      inner.wait = () => Promise.reject(trouble);
      const ended = scheduler.wait(job, LIMITS, { onLine: () => undefined }, never);
      for (let minute = 0; minute < 60; minute++) await clock.advance(60_000);
      inner.wait = real;
      await clock.advance(60_000);
      expect(await ended).to.include({ code: 3 });
    });
  }

  it('are left at once when the service stops while their host is away', async () => {
    const scheduler = staged();
    const job = await scheduler.submit(request());
    inner.wait = () => Promise.reject(away);
    const stop = new AbortController();
    const ended = rejection(scheduler.wait(job, LIMITS, { onLine: () => undefined }, stop.signal));
    await until('it waits', () => clock.sleeping > 0);
    stop.abort(new Error('the service stops'));
    expect(await ended).to.include({ message: 'the service stops' });
  });

  it('have ended as they did for each who waits, also for one who looks when the other has just cleaned up there', async () => {
    const scheduler = staged();
    const job = await scheduler.submit(request());
    files.files.set('/far/root/a/dose.mha', Buffer.from('a dose'));
    // As the step of a beam takes over from who followed the job since the start of the service.
    const letGo = new AbortController();
    const brings = files.hold('fetch');
    const former = scheduler.wait(job, LIMITS, { onLine: () => undefined }, letGo.signal).catch(() => null);
    await brings.reached;
    letGo.abort(new Error('taken over'));
    let look: (seen: JobExit) => void = () => undefined;
    inner.wait = () => new Promise((resolve) => (look = resolve));
    const latter = scheduler.wait(job, LIMITS, { onLine: () => undefined }, never);
    brings.release();
    await former;
    // It looked when the folder there was gone.
    look({ how: 'vanished', reason: 'its process is gone and left no exit code' });
    expect(await latter).to.deep.equal({ how: 'exited', code: 3 });
    expect(readFileSync(join(folder.path, 'a', 'dose.mha'), 'utf8')).to.equal('a dose');
  });

  it('have their results brought by one at a time: nobody takes away there what another still fetches', async () => {
    const scheduler = staged();
    const job = await scheduler.submit(request());
    files.files.set('/far/root/a/dose.mha', Buffer.from('a dose'));
    const brings = files.hold('fetch');
    const both = [0, 1].map(() => scheduler.wait(job, LIMITS, { onLine: () => undefined }, never));
    await brings.reached;
    brings.release();
    expect(await Promise.all(both)).to.deep.equal(Array(2).fill({ how: 'exited', code: 3 }));
    expect(files.calls.filter((call) => call === 'remove')).to.have.length(1);
  });

  it('have old contents swept away there once a day, whether jobs are given to it or not', async () => {
    const scheduler = staged();
    for (let round = 0; round < 3; round++) await scheduler.tidy();
    expect(files.swept).to.deep.equal(['/far']);
    await clock.advance(86_400_000);
    await scheduler.tidy();
    expect(files.swept).to.have.length(2);
  });

  it('are given to it also where old contents cannot be swept away; that is tried again an hour later', async () => {
    const scheduler = staged();
    files.failure = operator('host.not-permitted', 'removing old files is not permitted on host far');
    await scheduler.tidy();
    files.failure = null;
    expect(await wait(scheduler)).to.include({ code: 3 });
    await scheduler.tidy();
    expect(files.swept).to.deep.equal([]);
    await clock.advance(3_600_000);
    await scheduler.tidy();
    expect(files.swept).to.deep.equal(['/far']);
  });
});
