import { expect } from 'chai';
import { mkdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LocalHost } from '../../../src/adapters/hosts/local-host.js';
import { DirectScheduler } from '../../../src/adapters/schedulers/direct-scheduler.js';
import { floodOf } from '../../../src/adapters/schedulers/log-flood.js';
import { SystemClock } from '../../../src/adapters/system-clock/system-clock.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';
import { until } from '../../until.js';

const MIB = 2 ** 20;

describe('an engine that prints without end', () => {
  const folder = tempFolder();
  const never = new AbortController().signal;
  const limits = { timeoutMs: 60_000, stallMs: 60_000, maxLogBytes: 16 * MIB };
  const log = (): string => join(folder.path, 'attempt', 'engine.log');
  const flooded = async (script: string, before: () => Promise<unknown> = () => Promise.resolve()): Promise<Error> => {
    const scheduler = new DirectScheduler(new LocalHost(), new SystemClock(), { pollMs: 5_000 });
    const request = { folder: join(folder.path, 'attempt'), argv: ['sh', '-c', script], env: {}, gpuUuids: [] };
    const job = await scheduler.submit(request);
    try {
      await before();
      return (await rejection(scheduler.wait(job, limits, { onLine: () => undefined }, never))) as Error;
    } finally {
      await scheduler.kill(job, 0);
    }
  };

  it('is stopped; the first and the last of what it wrote are kept, in a log that is small again', async () => {
    const error = await flooded('echo first words; exec yes "CUDA error: retrying"');
    expect(error).to.include({ code: 'engine.log-flood', severity: 'transient' });
    expect(error.message).to.match(/^the engine wrote more than 16 MiB /);
    // It may have been stopped within a line.
    const last = /; the last it wrote: "(.+)"$/.exec(error.message)?.[1];
    expect('CUDA error: retrying').to.contain(last ?? 'no words');
    const text = readFileSync(log(), 'latin1');
    const note = /\n\[(\d+) bytes of output were here\]\n/.exec(text);
    expect(note?.index).to.equal(MIB);
    expect(text.length).to.equal(5 * MIB + (note?.[0].length ?? 0));
    expect(Number(note?.[1])).to.be.greaterThan(11 * MIB);
    expect(text.startsWith('first words\nCUDA error: retrying\n')).to.equal(true);
    expect(new Set(text.slice(-2_100).split('\n').slice(1, -1))).to.deep.equal(new Set(['CUDA error: retrying']));
  });

  it('is stopped too where it did so while nobody followed it', async () => {
    const write = 'head -c 20000000 /dev/zero | tr "\\0" "x"; echo; echo the last; exec sleep 60';
    const all = 20_000_000 + '\nthe last\n'.length;
    const error = await flooded(write, () => until('it has written', () => statSync(log()).size === all));
    expect(error.message).to.match(/; the last it wrote: "the last"$/);
    expect(readFileSync(log(), 'latin1').endsWith('xxx\nthe last\n')).to.equal(true);
    expect(statSync(log()).size).to.be.below(6 * MIB);
  });

  it('has no other file cut where it puts a link in the place of its log', async () => {
    const other = join(folder.path, 'other');
    writeFileSync(other, 'y'.repeat(17 * MIB));
    const error = await flooded('exec sleep 60', () => {
      renameSync(log(), `${log()}.aside`);
      symlinkSync(other, log());
      return Promise.resolve();
    });
    expect(error.message).to.contain('it could not be shortened');
    expect(statSync(other).size).to.equal(17 * MIB);
  });
  for (const words of [
    'slurmstepd-n1: error: *** JOB 12 ON n1 CANCELLED AT 2026-01-02T03:04:05 ***',
    'slurmstepd: error: *** JOB 12 ON n1 CANCELLED ***\nTerminated',
    'Killed',
    '/var/spool/slurmd/job00012/slurm_script: line 33:  4711 Terminated              "$@"',
  ]) {
    it(`is quoted, not who ended it: ${words.slice(-40).replaceAll('\n', ' ')}`, async () => {
      mkdirSync(join(folder.path, 'attempt'));
      writeFileSync(log(), `${'x'.repeat(20 * MIB)}\nCUDA error: Killed kernel\n${words}\n`);
      const error = await floodOf(new LocalHost(), join(folder.path, 'attempt'), limits);
      expect(error.message).to.match(/; the last it wrote: "CUDA error: Killed kernel"$/);
    });
  }
});
