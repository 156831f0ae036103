import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { Service } from '../e2e/service.js';
import { until } from '../until.js';
import { drop, faultSettings } from './a-service-with-cases.js';

/** `nobody`: root is not bound by the limit on processes. */
const NOBODY = 65_534;

/** Every few milliseconds one. */
const LOOKS_AT_REST = 50;

/** The soft limit alone, as the process's own user, who may raise it again up to the hard one. */
const limit = (pid: number, option: string, user: string): void => {
  execFileSync('runuser', ['-u', user, '--', 'prlimit', '--pid', String(pid), option], { stdio: 'pipe' });
};
const hardLimit = (pid: number, name: string): string => {
  const line = readFileSync(`/proc/${String(pid)}/limits`, 'utf8')
    .split('\n')
    .find((text) => text.startsWith(name));
  return line?.slice(47, 68).trim() ?? '';
};
/** The service and the process that starts programs for it. */
const withStarter = (pid: number): readonly number[] => {
  const children = readdirSync(`/proc/${String(pid)}/task`).flatMap((thread) =>
    readFileSync(`/proc/${String(pid)}/task/${thread}/children`, 'utf8')
      .trim()
      .split(/\s+/),
  );
  return [pid, ...children.filter((child) => child !== '').map(Number)];
};
/** How many files a process has open once it opens and closes none any more. */
async function openAtRest(pid: number): Promise<number> {
  const seen: number[] = [];
  return until('its open files stay as many', () => {
    seen.unshift(readdirSync(`/proc/${String(pid)}/fd`).length);
    const latest = seen.slice(0, LOOKS_AT_REST);
    return latest.length === LOOKS_AT_REST && latest.every((count) => count === seen[0]) ? seen[0] : null;
  });
}

/** Why the limits of another process cannot be set here; null where they can. */
function noLimits(): string | null {
  if (process.getuid?.() !== 0) return 'skipped: needs root';
  try {
    limit(process.pid, '--nofile', 'root');
    return null;
  } catch {
    return 'skipped: there is no prlimit';
  }
}

describe('a machine short of processes or open files', function () {
  this.timeout(60_000);
  let service: Service;

  before(function () {
    const why = noLimits();
    if (why === null) return;
    this.test?.parent?.tests.forEach((test) => (test.title += ` (${why})`));
    this.skip();
  });
  afterEach(() => service.end());

  it('tries again what could not be started for lack of processes, and ends every case when there are some', async () => {
    service = new Service(faultSettings());
    for (const path of [service.place, service.root, service.inbox]) {
      chmodSync(path, 0o777);
      chownSync(path, NOBODY, NOBODY);
    }
    // Not ours: a folder of it that nobody may look into makes every missing program a forbidden one.
    const env = { ...process.env, PATH: '/usr/local/bin:/usr/bin:/bin' };
    service.start({ uid: NOBODY, gid: NOBODY, env });
    // A question of ours before that would make a database that nobody may write.
    await until('it has started', () => service.output().includes('service started'));
    await drop(service, 'first');
    await service.untilEnded(['first']);
    const enough = hardLimit(service.pid, 'Max processes');
    const ours = withStarter(service.pid);
    expect(ours).to.have.length(2);
    for (const pid of ours) limit(pid, '--nproc=1:', 'nobody');
    await drop(service, 'second');
    await until('a job could not be started', () => /host\.busy|thread-lost/.test(service.output()), 20_000);
    for (const pid of ours) limit(pid, `--nproc=${enough}:`, 'nobody');
    const ended = await service.untilEnded(['second']);
    expect(ended.get('second')).to.include({ state: 'completed', run: 1 });
  });

  it('rejects and loses nothing for lack of file descriptors, and ends every case when there are some', async () => {
    service = new Service(faultSettings());
    service.start();
    await drop(service, 'first');
    await service.untilEnded(['first']);
    const open = await openAtRest(service.pid);
    const enough = hardLimit(service.pid, 'Max open files');
    limit(service.pid, `--nofile=${String(open + 1)}:`, 'root');
    await drop(service, 'second');
    await until(
      'files could not be opened',
      () => /EMFILE|disk\.failed|host\.busy|cannot/.test(service.output()),
      20_000,
    );
    limit(service.pid, `--nofile=${enough}:`, 'root');
    const ended = await service.untilEnded(['first', 'second']);
    expect([...ended.values()].map(({ state, run }) => `${state} ${String(run)}`)).to.deep.equal([
      'completed 1',
      'completed 1',
    ]);
  });
});
