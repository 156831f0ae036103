import { expect } from 'chai';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { LocalHost } from '../../../src/adapters/hosts/local-host.js';
import { SshHost } from '../../../src/adapters/hosts/ssh/ssh-host.js';
import { SlurmScheduler } from '../../../src/adapters/schedulers/slurm/slurm-scheduler.js';
import { SystemClock } from '../../../src/adapters/system-clock/system-clock.js';
import type { JobHandle } from '../../../src/domain/beam.js';
import { toCaseError } from '../../../src/domain/errors.js';
import type { CommandEnd, Host } from '../../../src/ports/host.js';
import { FakeAvoidedNodes } from '../../fakes/fake-avoided-nodes.js';
import { SshServer } from '../../mounts/ssh-server.js';
import { PrivateSlurm } from '../../slurm/private-slurm.js';
import { tempFolder } from '../../temp-folder.js';
import { until } from '../../until.js';

/** A job that notes each of its runs and what it sees of Slurm's variables, and ends when the file `go` appears. */
const PATIENT = 'env > seen; echo run >> runs; while [ ! -e go ]; do sleep 0.1; done; exit 3';

/** Options that Slurm's commands take from the environment: any of them misleads the service. */
const NASTY: Readonly<Record<string, string>> = {
  SQUEUE_FORMAT: '%A',
  SQUEUE_FORMAT2: 'jobid',
  SQUEUE_STATES: 'COMPLETED',
  SQUEUE_USERS: 'nobody',
  SQUEUE_NAMES: 'another',
  SQUEUE_PARTITION: 'urgent',
  SBATCH_PARTITION: 'none',
  SBATCH_ARRAY_INX: '1-3',
  SBATCH_REQUEUE: '1',
  SBATCH_WAIT: '1',
  SBATCH_ERROR: '/dev/null',
  SBATCH_RESERVATION: 'none',
  SBATCH_CONSTRAINT: 'none',
  SBATCH_EXPORT: 'NONE',
  SLURM_CLUSTERS: 'another',
  SLURM_EXIT_ERROR: '0',
  SLURM_TIME_FORMAT: 'relative',
  SLURM_HINT: 'multithread',
  SLURM_OF_A_LATER_VERSION: '1',
  SCANCEL_INTERACTIVE: 'true',
  SCANCEL_STATE: 'SUSPENDED',
  SCANCEL_USER: 'nobody',
  SCONTROL_ALL: '1',
  SCONTROL_FEDERATION: '1',
  SACCT_FORMAT: 'JobID',
};

/** As if the service had been started with them, and they were not kept from its commands. */
class HostOfOptions extends LocalHost {
  override run(argv: readonly string[], limitMs: number): Promise<CommandEnd> {
    const variables = Object.entries(NASTY).map(([name, value]) => `${name}=${value}`);
    return super.run(['env', ...variables, ...argv], limitMs);
  }
}

describe('a real Slurm, where the environment gives options to its commands', function () {
  this.timeout(60_000);
  const slurm = new PrivateSlurm();
  before(() => slurm.start());
  after(() => slurm.stop());
  const folder = tempFolder();
  let done: (() => Promise<void> | void)[] = [];
  beforeEach(() => {
    done = [];
  });
  afterEach(async () => {
    for (const work of done) await work();
    await slurm.clear();
  });

  /** The login sets them, and beside them what a site needs: where its slurm.conf is. */
  async function bySsh(): Promise<Host> {
    const set = Object.entries({ ...NASTY, SLURM_CONF: slurm.conf }).map(([name, value]) => `"${name}=${value}"`);
    const config = [`SetEnv ${set.join(' ')}`];
    const server = new SshServer(join(folder.path, 'sshd'), { user: userInfo().username, config });
    await server.start();
    const host = new SshHost({ name: 'far', ...server.reach }, new SystemClock());
    done.push(
      () => {
        host.close();
      },
      () => server.stop(),
    );
    return host;
  }

  for (const [where, host, conf] of [
    ['of the service', () => Promise.resolve(new HostOfOptions()), slurm.conf],
    ['of a login by SSH', bySsh, null],
  ] as const) {
    it(`(${where}) jobs are submitted, seen, found again, ended and known to have ended as without`, async () => {
      const scheduler = new SlurmScheduler(
        await host(),
        new SystemClock(),
        slurm.options({ conf }),
        new FakeAvoidedNodes(),
        5_000,
      );
      const at = (name: string, file: string): string => join(folder.path, name, file);
      const submit = (name: string): Promise<JobHandle> =>
        scheduler.submit({ folder: join(folder.path, name), argv: ['sh', '-c', PATIENT], env: {}, gpuUuids: [] });
      const how = (job: JobHandle): Promise<string> => {
        const limits = { timeoutMs: 60_000, stallMs: 60_000 };
        return scheduler.wait(job, limits, { onLine: () => undefined }, new AbortController().signal).then(
          (exit) => (exit.how === 'exited' ? `exited with ${String(exit.code)}` : exit.how),
          (thrown: unknown) => toCaseError(thrown).code,
        );
      };

      const [job, doomed, cancelled] = [await submit('a1'), await submit('a2'), await submit('a3')];
      const ends = Promise.all([job, doomed, cancelled].map(how));
      for (const name of ['a1', 'a2', 'a3']) await slurm.untilRunning(() => existsSync(at(name, 'runs')));
      const queue = (await slurm.slurm('squeue', '-h', '-r', '-o', '%i %P', '-S', 'i')).split('\n');
      expect(queue).to.deep.equal([job, doomed, cancelled].map(({ id }) => `${id} gpu`));
      expect(await slurm.slurm('scontrol', 'show', 'job', job.id)).to.include('Requeue=0');

      await scheduler.kill(doomed, 0);
      await until('it has ended', async () => (await slurm.slurm('squeue', '-h', '-j', doomed.id)) === '');
      await slurm.slurm('scancel', cancelled.id);
      writeFileSync(at('a1', 'go'), '');
      const [first, , third] = await ends;
      expect([first, third]).to.deep.equal(['exited with 3', 'slurm.cancelled']);
      expect(await scheduler.isRunning(job)).to.equal(false);

      await until('Slurm has let it go', async () => (await slurm.slurm('squeue', '-h', '-j', job.id)) === '');
      const name = /JobName=(\S+)/.exec(await slurm.slurm('scontrol', 'show', 'job', job.id))?.[1] ?? '';
      const found = await scheduler.client.called({ name, folder: job.folder });
      expect(found.map(({ id, state }) => `${id} ${state}`)).to.deep.equal([`${job.id} FAILED`]);
      expect(readFileSync(at('a1', 'runs'), 'utf8')).to.equal('run\n');
      expect(readFileSync(at('a1', 'seen'), 'utf8')).not.to.match(/^(S(BATCH|QUEUE|CANCEL)_|SLURM_OF_)/m);
    });
  }
});
