import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ASK_EVERY_MS } from '../ask-mqi.js';
import { FAKE_MOQUI, MACHINE_TEXT } from '../builders/a-moqui.js';
import { closeGate, drop, faultSettings, openGate } from '../faults/a-service-with-cases.js';
import { SshServer } from '../mounts/ssh-server.js';
import { removeFolder } from '../remove-folder.js';
import { PrivateSlurm } from '../slurm/private-slurm.js';
import { until } from '../until.js';
import { Service } from './service.js';

/** The stand-in for moqui; its beam data lie beside the root. */
const MOQUI = { kind: 'moqui', moqui: { program: FAKE_MOQUI, machineFile: '../machine.txt', histories: 1_000_000 } };

describe('cases calculated by a Slurm cluster', function () {
  this.timeout(180_000); // three services one after the other, each with its own jobs
  const slurm = new PrivateSlurm();
  const far = mkdtempSync(join(tmpdir(), 'mqi-far-'));
  const server = new SshServer(join(far, 'sshd'));
  before(async () => {
    await Promise.all([slurm.start(), server.start()]);
  });
  after(async () => {
    await Promise.all([slurm.stop(), server.stop()]);
    removeFolder(far);
  });

  const bySlurm = (maxJobs: number, more = {}): object => ({
    scheduler: 'slurm',
    slurm: { conf: slurm.conf, partition: 'gpu', maxJobs, ...more },
  });

  /** SHA-256 of the engine's dose of each beam. */
  async function calculated(execution: object, engine: object = {}): Promise<readonly string[]> {
    const service = new Service({ execution, engine });
    try {
      writeFileSync(join(service.place, 'machine.txt'), MACHINE_TEXT);
      service.start();
      await drop(service, 'case');
      const kase = (await service.untilEnded(['case'], 80_000)).get('case');
      expect(kase, JSON.stringify(kase)).to.include({ state: 'completed' });
      const work = join(service.root, 'work', kase?.id ?? '', '1');
      return [1, 2].map((n) => sha256(join(work, `beam-00${String(n)}`, 'attempt-1', 'dose.mha')));
    } finally {
      await service.end();
    }
  }

  const bySlurmOverSsh = (): object => {
    const { configFile, ...reach } = server.reach;
    const host = { name: 'login', kind: 'ssh', ...reach, sshConfig: configFile, workDir: join(far, 'work') };
    return { ...bySlurm(2), hosts: [host] };
  };

  it('give byte for byte the dose that this machine gives, also when Slurm is reached by SSH', async () => {
    const here = await calculated({ slots: 2 });
    expect(await calculated(bySlurm(2))).to.deep.equal(here);
    expect(await calculated(bySlurmOverSsh())).to.deep.equal(here);
  });

  it('give by moqui, reached by SSH, byte for byte the dose that it gives on this machine', async () => {
    expect(await calculated(bySlurmOverSsh(), MOQUI)).to.deep.equal(await calculated({ slots: 2 }, MOQUI));
  });

  it('say what they wait for, and are all followed again when the service is killed; no job is submitted twice', async () => {
    const folders = ['one', 'two'];
    const service = new Service(faultSettings({ execution: bySlurm(4), web: { enabled: false } }));
    try {
      closeGate(service);
      service.start();
      for (const folder of folders) await drop(service, folder);
      await service.untilCases('all jobs to run', folders, () => running(service) === 4);
      for (let kills = 0; kills < 3; kills++) {
        process.kill(service.pid, 'SIGKILL');
        await service.ended();
        if (kills === 2) openGate(service); // the jobs end while nobody is there
        service.start();
        if (kills < 2) await until('the service is back', () => starts(service) === kills + 2, 30_000);
      }
      const ended = await service.untilEnded(folders);
      expect([...ended.values()].map(({ state }) => state)).to.deep.equal(['completed', 'completed']);
      // Slurm writes a job down when it has ended it, which may be later than its dose is there.
      const jobs = await until('Slurm has noted their ends', () => {
        const noted = jobsUnder(service);
        return noted.length >= 4 ? noted : null;
      });
      expect(jobs).to.have.lengthOf(4);
      expect(new Set(jobs).size).to.equal(4);
    } finally {
      await service.end();
    }
  });

  it('show the reason why Slurm does not start their jobs', async () => {
    const service = new Service(
      faultSettings({ execution: bySlurm(1, { extra: ['--begin=now+1hour'] }), web: { enabled: false } }),
    );
    try {
      service.start();
      await drop(service, 'late', 1);
      const { id } =
        [...(await service.untilCases('a job', ['late'], ({ state }) => state === 'interpreted')).values()][0] ?? {};
      const words = await until(
        'its reason is shown',
        async () => {
          const { status } = await service.case(id ?? '');
          return status.includes('BeginTime') ? status : null;
        },
        60_000,
        ASK_EVERY_MS,
      );
      expect(words).to.equal('waiting for Slurm to start it (BeginTime) (0 of 1 beams done)');
    } finally {
      await service.end();
    }
  });

  const starts = (service: Service): number => service.output().split('service started').length - 1;

  /** Names of the jobs that Slurm has ended, below the work folder of the service. */
  const jobsUnder = ({ root }: Service): readonly string[] =>
    readFileSync(slurm.completionLog, 'utf8')
      .split('\n')
      .filter((line) => line.includes(`WorkDir=${root}/`))
      .map((line) => /WorkDir=(\S+)/.exec(line)?.[1] ?? '');

  const running = ({ root }: Service): number => {
    const work = join(root, 'work');
    const names = existsSync(work) ? readdirSync(work, { recursive: true, encoding: 'utf8' }) : [];
    return names.filter((name) => name.endsWith('/job.pid')).length;
  };
});

const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
