import { expect } from 'chai';
import { SlurmClient } from '../../../../src/adapters/schedulers/slurm/slurm-client.js';
import { SlurmLeftovers } from '../../../../src/adapters/schedulers/slurm/slurm-leftovers.js';
import { jobName } from '../../../../src/adapters/schedulers/slurm/slurm-options.js';
import { parseSqueue, type SlurmRecord } from '../../../../src/adapters/schedulers/slurm/slurm-records.js';
import { transient } from '../../../../src/domain/errors.js';
import type { CommandEnd } from '../../../../src/ports/host.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { FakeHost } from '../../../fakes/fake-host.js';

const said = (stdout: string): CommandEnd => ({ how: 'exited', code: 0, stdout, stderr: '' });
const FOLDER = '/jobs/c1/1/beam-001/attempt|1';

describe('a job of ours that Slurm still has in its books', () => {
  let clock: FakeClock;
  let host: FakeHost;
  let leftovers: SlurmLeftovers;
  beforeEach(() => {
    clock = new FakeClock();
    host = new FakeHost('cluster');
    host.answers = (argv) => said(argv.includes('ping') ? 'Slurmctld(primary) at n is UP' : '');
    const client = new SlurmClient(host, clock, { binFolder: null, conf: null, completionLog: null });
    leftovers = new SlurmLeftovers(host, clock, client, 30_000);
  });

  const inSlurm = (state = 'RUNNING', name = jobName('cluster', FOLDER), folder = FOLDER): readonly SlurmRecord[] =>
    parseSqueue(`7|${name}|${state}|1:04|1|n1|None|${folder}\n`);
  const cancelled = (): readonly string[] =>
    host.commands.flatMap((argv) => (argv.includes('scancel') ? [argv.at(-1) ?? ''] : []));
  async function seenFor(ms: number, records = inSlurm()): Promise<void> {
    for (let past = 0; past <= ms; past += 1_000) {
      await leftovers.clear(records);
      await clock.advance(1_000);
    }
  }
  const ended = (): void => {
    host.write(`${FOLDER}/exit.code`, '0\n');
  };

  it('is ended there when it has long ended here, so that others get its place', async () => {
    ended();
    await seenFor(25_000);
    expect(cancelled()).to.deep.equal([]);
    await seenFor(10_000);
    expect(cancelled()).to.deep.equal([`--name=${jobName('cluster', FOLDER)}`]);
  });

  it('is ended there when it was given up here, also one that waits', async () => {
    host.write(`${FOLDER}/job.pid`, 'abandoned\n');
    await seenFor(40_000, inSlurm('PENDING'));
    expect(cancelled()).to.have.length(1);
  });

  it('and again, more slowly than it is looked for, while it stays', async () => {
    ended();
    await seenFor(120_000);
    expect(cancelled()).to.have.length.within(3, 4);
  });

  for (const [what, records, files] of [
    ['it runs', inSlurm(), { 'job.pid': '7 n1 1700000000\n' }],
    ['its folder is empty or gone', inSlurm(), {}],
    ['it is being ended', inSlurm('COMPLETING'), { 'exit.code': '0\n' }],
    ['its name is of another folder: not ours', inSlurm('RUNNING', 'mqi-0123456789ab'), { 'exit.code': '0\n' }],
  ] as const) {
    it(`is left alone when ${what}`, async () => {
      for (const [name, text] of Object.entries(files)) host.write(`${FOLDER}/${name}`, text);
      await seenFor(120_000, records);
      expect(cancelled()).to.deep.equal([]);
    });
  }

  it('is left alone when it went by itself meanwhile', async () => {
    ended();
    await seenFor(20_000);
    await seenFor(6_000, []);
    await seenFor(20_000);
    expect(cancelled()).to.deep.equal([]);
  });

  it('is ended later where Slurm, or the folder, did not answer', async () => {
    ended();
    const read = host.readText.bind(host);
    host.readText = () => Promise.reject(transient('host.unreachable', 'no connection'));
    await seenFor(60_000);
    host.readText = read;
    await seenFor(40_000);
    expect(cancelled()).to.have.length(1);
  });
});
