import { expect } from 'chai';
import { ByHandleScheduler } from '../../../../src/adapters/schedulers/by-handle-scheduler.js';
import { aJob } from '../../../builders/a-job.js';
import { FakeHost } from '../../../fakes/fake-host.js';
import { FakeScheduler } from '../../../fakes/fake-scheduler.js';

describe('two schedulers of one machine', () => {
  let host: FakeHost;
  let direct: FakeScheduler;
  let slurm: FakeScheduler;
  beforeEach(() => {
    host = new FakeHost();
    direct = new FakeScheduler();
    slurm = new FakeScheduler();
  });
  const both = (chosen: 'direct' | 'slurm'): ByHandleScheduler =>
    new ByHandleScheduler(host, { direct, slurm }, chosen);

  it('give new jobs to the one that is configured', async () => {
    await both('slurm').submit({ folder: '/jobs/1', argv: ['engine'], env: {}, gpuUuids: [] });
    expect([direct.submits, slurm.submits]).to.deep.equal([0, 1]);
  });

  it('leave a job that runs to the one that started it, whatever is configured by now', async () => {
    direct.startedEarlier('/jobs/1');
    const job = aJob({ scheduler: 'direct', folder: '/jobs/1' });
    expect(await both('slurm').isRunning(job)).to.equal(true);
    await both('slurm').kill(job, 0);
    expect(await both('slurm').isRunning(job)).to.equal(false);
  });

  for (const [starter, format] of [
    ['direct', 'mqi-job/1'],
    ['slurm', 'mqi-slurm-job/1'],
  ] as const) {
    it(`find a job whose handle was never written by its intent: that of ${starter}, asked alone`, async () => {
      host.write('/jobs/1/job.json', JSON.stringify({ format, startedAt: 1 }));
      const owner = starter === 'direct' ? direct : slurm;
      const other = starter === 'direct' ? slurm : direct;
      const handle = owner.startedEarlier('/jobs/1');
      other.find = () => Promise.reject(new Error('it would give the job up'));
      for (const chosen of ['direct', 'slurm'] as const) expect(await both(chosen).find('/jobs/1')).to.equal(handle);
    });
  }
});
