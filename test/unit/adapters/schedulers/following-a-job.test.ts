import { expect } from 'chai';
import { DirectScheduler } from '../../../../src/adapters/schedulers/direct-scheduler.js';
import { LineSplitter, MAX_LINE_BYTES } from '../../../../src/adapters/schedulers/line-splitter.js';
import { StallWatch } from '../../../../src/adapters/schedulers/stall-watch.js';
import { parseClaim, parseExitCode } from '../../../../src/adapters/schedulers/wrapper-script.js';
import { operator, transient } from '../../../../src/domain/errors.js';
import { SystemClock } from '../../../../src/adapters/system-clock/system-clock.js';
import { FakeHost } from '../../../fakes/fake-host.js';
import { rejection } from '../../../rejection.js';
import { until } from '../../../until.js';

describe('following a job', () => {
  const limits = { timeoutMs: 60_000, stallMs: 60_000 };
  const never = new AbortController().signal;
  const request = { folder: '/jobs/1', argv: ['engine'], env: {}, gpuUuids: [] };
  let host: FakeHost;
  let scheduler: DirectScheduler;
  beforeEach(() => {
    host = new FakeHost();
    scheduler = new DirectScheduler(host, new SystemClock(), { pollMs: 5_000 });
  });

  it('starts nothing in a folder whose intent could not be written', async () => {
    host.createExclusive = () => Promise.reject(operator('disk.full', 'the disk is full'));
    expect(await rejection(scheduler.submit(request))).to.have.property('code', 'disk.full');
    expect(host.processes).to.deep.equal([]);
  });

  it('timing-hole: a start that failed is given up for good, so that nothing runs there later', async () => {
    host.startFailure = transient('host.busy', 'starting a job failed (EAGAIN)');
    expect(await rejection(scheduler.submit(request))).to.include({ code: 'host.busy', severity: 'transient' });
    host.startFailure = null;
    expect(await scheduler.find('/jobs/1')).to.equal(null);
    expect(await rejection(scheduler.submit(request))).to.have.property('code', 'engine.lost');
    expect(host.processes).to.deep.equal([]);
  });

  it('starts one process for two submits at once', async () => {
    const [first, second] = await Promise.all([scheduler.submit(request), scheduler.submit(request)]);
    expect(second).to.deep.equal(first);
    expect(host.processes).to.have.length(1);
  });

  it('takes the exit code written in the moment the process ended', async () => {
    const job = await scheduler.submit(request);
    const waiting = scheduler.wait(job, limits, { onLine: () => undefined }, never);
    const [process] = host.processes;
    host.end(process!.identity);
    host.write('/jobs/1/exit.code', '0\n');
    expect(await waiting).to.deep.equal({ how: 'exited', code: 0 });
  });

  it('holds one that writes faster than it is read to its time limit all the same', async () => {
    const job = await scheduler.submit(request);
    const part = Buffer.alloc(1 << 20, 'y');
    const readFrom = host.readFrom.bind(host);
    host.readFrom = (path, offset, most) =>
      path.endsWith('engine.log') ? Promise.resolve(part) : readFrom(path, offset, most);
    const waiting = scheduler.wait(job, { ...limits, timeoutMs: 300 }, { onLine: () => undefined }, never);
    expect(await rejection(waiting)).to.include({ code: 'engine.timeout', severity: 'transient' });
    expect(host.signals[0]).to.equal('SIGTERM');
  });

  it('stops one whose output is larger than it may be as soon as it is seen, however far it was read', async () => {
    const job = await scheduler.submit(request);
    const part = Buffer.alloc(1 << 20, 'y');
    const readFrom = host.readFrom.bind(host);
    const asked: number[] = [];
    host.readFrom = (path, offset, most) => {
      if (!path.endsWith('engine.log')) return readFrom(path, offset, most);
      asked.push(offset);
      return Promise.resolve(part.subarray(0, most));
    };
    host.answers = () => ({ how: 'exited', code: 0, stdout: 'Segment\nretrying\r\n\n', stderr: '' });
    const waiting = scheduler.wait(job, { ...limits, maxLogBytes: 2 ** 30 }, { onLine: () => undefined }, never);
    const error = await rejection(waiting);
    expect(error).to.include({ code: 'engine.log-flood', severity: 'transient' });
    expect((error as Error).message).to.equal(
      'the engine wrote more than 1024 MiB of output and was stopped; the last it wrote: "retrying"',
    );
    expect(host.signals, 'no grace in which it writes on').to.deep.equal(['SIGKILL']);
    expect(Math.max(...asked.filter((offset) => offset < 2 ** 30))).to.equal(0);
    expect(host.commands[0]?.slice(-3)).to.deep.equal(['/jobs/1/engine.log', '256', String(4 * 2 ** 20)]);
  });

  it('lets one write as much as it may, and judges what has ended however much it wrote', async () => {
    const job = await scheduler.submit(request);
    host.files.set('/jobs/1/engine.log', 'x'.repeat(1_000));
    let lines = 0;
    const waiting = scheduler.wait(job, { ...limits, maxLogBytes: 1_000 }, { onLine: () => lines++ }, never);
    host.append('/jobs/1/engine.log', '\nmore than that\n');
    host.write('/jobs/1/exit.code', '0\n');
    host.end(host.processes[0]!.identity);
    expect(await waiting).to.deep.equal({ how: 'exited', code: 0 });
    expect(lines).to.equal(2);
  });

  it('says so where the output of one that was stopped for it cannot be shortened', async () => {
    const job = await scheduler.submit(request);
    host.files.set('/jobs/1/engine.log', 'x'.repeat(1_001));
    const waiting = scheduler.wait(job, { ...limits, maxLogBytes: 1_000 }, { onLine: () => undefined }, never);
    expect(((await rejection(waiting)) as Error).message).to.contain('it could not be shortened');
  });

  it('reads on at once where more output is there than one look takes, and to its end when the job has ended', async function () {
    this.timeout(120_000);
    scheduler = new DirectScheduler(host, new SystemClock(), { pollMs: 600_000 });
    const job = await scheduler.submit(request);
    const line = `${'x'.repeat(1023)}\n`;
    host.files.set('/jobs/1/engine.log', line.repeat(20 * 1024));
    let lines = 0;
    const unhurried = { timeoutMs: 600_000, stallMs: 600_000 };
    const waiting = scheduler.wait(job, unhurried, { onLine: () => lines++ }, never);
    await until('all is read', () => lines === 20 * 1024, 60_000); // sooner than the poll
    host.append('/jobs/1/engine.log', line.repeat(12 * 1024));
    host.write('/jobs/1/exit.code', '0\n');
    host.end(host.processes[0]!.identity);
    await waiting;
    expect(lines).to.equal(32 * 1024);
  });

  it('says nothing twice and nothing too little when output comes in pieces', () => {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line));
    for (const piece of ['pro', 'gress 1\nprogress', ' 2\r', '\n\n']) splitter.push(Buffer.from(piece));
    const korean = Buffer.from('선량');
    splitter.push(korean.subarray(0, 2));
    splitter.push(korean.subarray(2));
    splitter.push(Buffer.from('\rlast'));
    splitter.end();
    expect(lines).to.deep.equal(['progress 1', 'progress 2', '선량', 'last']);
  });

  it('keeps no more of an endless line than its bound', () => {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line));
    for (let i = 0; i < 20; i++) splitter.push(Buffer.alloc(MAX_LINE_BYTES / 4, 'x'));
    splitter.push(Buffer.from('\nnext\n'));
    expect(lines.map(({ length }) => length)).to.deep.equal([MAX_LINE_BYTES, 4]);
  });

  it('takes output or use of the processor for a sign of life, but not the odd clock tick', () => {
    const watch = new StallWatch(1_000, 0);
    watch.sawCpu(100, 1);
    watch.sawCpu(900, 1.01);
    expect(watch.isStalled(1_000)).to.equal(true);
    watch.sawCpu(1_000, 1.2);
    expect(watch.isStalled(1_900)).to.equal(false);
    watch.sawOutput(1_900);
    expect(watch.isStalled(2_800)).to.equal(false);
    expect(watch.isStalled(2_900)).to.equal(true);
  });

  it('believes only whole claims and exit codes', () => {
    expect(parseClaim('12 345 0a-b\n')).to.deep.equal({ pid: 12, startTicks: '345', bootId: '0a-b' });
    for (const text of ['', '12 345 0a-b', '12 345\n', 'abandoned\n']) expect(parseClaim(text)).to.equal(null);
    expect([parseExitCode('139\n'), parseExitCode('0\n')]).to.deep.equal([139, 0]);
    for (const text of [null, '', '1', '-1\n', 'x\n']) expect(parseExitCode(text)).to.equal(null);
  });
});
