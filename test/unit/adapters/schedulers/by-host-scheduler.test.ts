import { expect } from 'chai';
import { join } from 'node:path';
import { ByHostScheduler } from '../../../../src/adapters/schedulers/by-host-scheduler.js';
import { HostPaths } from '../../../../src/domain/host-paths.js';
import type { JobRequest } from '../../../../src/ports/scheduler.js';
import { aJob } from '../../../builders/a-job.js';
import { FakeScheduler } from '../../../fakes/fake-scheduler.js';
import { rejection } from '../../../rejection.js';
import { tempFolder } from '../../../temp-folder.js';

describe('one scheduler over several hosts', () => {
  const folder = tempFolder();
  let near: FakeScheduler;
  let far: FakeScheduler;
  const over = (): ByHostScheduler => {
    const paths = (workDir: string | null): HostPaths =>
      new HostPaths({ root: folder.path, workDir, sharedFolder: null, installed: [] });
    return new ByHostScheduler(
      new Map([
        ['local', { scheduler: near, paths: paths(null), isFar: false }],
        ['far', { scheduler: far, paths: paths('/scratch'), isFar: true }],
      ]),
    );
  };
  const request = (host: string, name: string): JobRequest => ({
    host,
    folder: join(folder.path, name),
    argv: ['true'],
    env: {},
    gpuUuids: [],
  });
  beforeEach(() => {
    near = new FakeScheduler();
    far = new FakeScheduler();
  });

  it('gives a job to the host of its place, with paths as that host knows them', async () => {
    await over().submit(request('far', 'a'));
    await over().submit(request('local', 'b'));
    expect([far.submits, near.submits]).to.deep.equal([1, 1]);
    expect(over().there('far', join(folder.path, 'x'))).to.equal('/scratch/root/x');
    expect(over().there('local', join(folder.path, 'x'))).to.equal(join(folder.path, 'x'));
  });

  it('of which a later service asks only the host that the job was given to, also when its answer was lost', async () => {
    far.submitFailure = new Error('the answer was lost');
    await rejection(over().submit(request('far', 'a')));
    far.submitFailure = null;
    const started = far.startedEarlier(join(folder.path, 'a'));
    near.startedEarlier(join(folder.path, 'a'));
    expect(await over().find(join(folder.path, 'a'))).to.equal(started);
  });

  it('has what a job will read brought ahead to the host that it is for; here nothing is brought', async () => {
    const { signal } = new AbortController();
    near = Object.assign(new FakeScheduler(), { bringAhead: undefined });
    await over().bringAhead('far', ['/root/ct.mha'], signal);
    await over().bringAhead('local', ['/root/ct.mha'], signal);
    expect(far.broughtAhead.map(({ host, files }) => [host, files])).to.deep.equal([['far', ['/root/ct.mha']]]);
  });

  it('lets each host that keeps contents of ours remove old ones', async () => {
    let tidied = 0;
    Object.assign(far, { tidy: () => Promise.resolve(void (tidied += 1)) });
    await over().tidy();
    expect(tidied).to.equal(1);
  });

  it('asks no far host for a folder that was given to none', async () => {
    far.startedEarlier(join(folder.path, 'b'));
    expect(await over().find(join(folder.path, 'b'))).to.equal(null);
    const here = near.startedEarlier(join(folder.path, 'b'));
    expect(await over().find(join(folder.path, 'b'))).to.equal(here);
  });

  it('needs a person for a job on a host that the configuration does not name any more', async () => {
    const job = aJob({ host: 'sold' });
    const error = await rejection(Promise.resolve().then(() => over().isRunning(job)));
    expect(error).to.include({ severity: 'operator', code: 'host.not-configured' });
  });
});
