import { expect } from 'chai';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalHost } from '../../../src/adapters/hosts/local-host.js';
import { SlurmScheduler } from '../../../src/adapters/schedulers/slurm/slurm-scheduler.js';
import { SystemClock } from '../../../src/adapters/system-clock/system-clock.js';
import type { JobHandle } from '../../../src/domain/beam.js';
import { toCaseError } from '../../../src/domain/errors.js';
import { FakeAvoidedNodes } from '../../fakes/fake-avoided-nodes.js';
import { PrivateSlurm } from '../../slurm/private-slurm.js';
import { tempFolder } from '../../temp-folder.js';
import { until } from '../../until.js';

/** So short only here: a job that has not begun by then is refused, unless its node is made ready. */
const BEGINS_WITHIN_MS = 1_000;

describe('a real Slurm whose nodes are made ready by a long prolog that it does not tell of', function () {
  this.timeout(60_000);
  const site = mkdtempSync(join(tmpdir(), 'mqi-site-'));
  const prolog = join(site, 'prolog.sh');
  const ready = join(site, 'ready');
  writeFileSync(prolog, `#!/bin/sh\nwhile [ ! -e ${ready} ]; do sleep 0.1; done\n`, { mode: 0o755 });
  const slurm = new PrivateSlurm({ Prolog: prolog });
  before(() => slurm.start());
  after(async () => {
    await slurm.stop();
    rmSync(site, { recursive: true });
  });
  afterEach(async () => {
    writeFileSync(ready, '');
    await slurm.clear();
    rmSync(ready);
  });

  const folder = tempFolder();
  let scheduler: SlurmScheduler;
  let job: JobHandle;
  let said: (string | null)[];
  let how: string | null;
  let ended: Promise<unknown>;
  const hasRun = (): boolean => existsSync(join(folder.path, 'a1', 'runs'));

  beforeEach(async () => {
    [said, how] = [[], null];
    const [clock, avoided] = [new SystemClock(), new FakeAvoidedNodes()];
    scheduler = new SlurmScheduler(new LocalHost(), clock, slurm.options(), avoided, 5_000, BEGINS_WITHIN_MS);
    const argv = ['sh', '-c', 'echo run >> runs; exit 3'];
    job = await scheduler.submit({ folder: join(folder.path, 'a1'), argv, env: {}, gpuUuids: [] });
    const observer = { onLine: () => undefined, onWaiting: (words: string | null) => said.push(words) };
    ended = scheduler.wait(job, { timeoutMs: 60_000, stallMs: 2_000 }, observer, new AbortController().signal).then(
      (exit) => (how = exit.how === 'exited' ? `exited with ${String(exit.code)}` : exit.reason),
      (thrown: unknown) => (how = toCaseError(thrown).code),
    );
    await until('it says so', () => said.at(-1)?.includes("the site's prolog may run there") === true);
    expect(await slurm.slurm('squeue', '-h', '-o', '%T %r')).to.equal('RUNNING None');
  });

  it('waits for its job, in words, however long; it is calculated once', async () => {
    const fromMs = performance.now();
    await until('longer than any of its limits', () => performance.now() - fromMs > 3 * BEGINS_WITHIN_MS);
    expect(how).to.equal(null);
    writeFileSync(ready, '');
    await ended;
    expect(how).to.equal('exited with 3');
    expect(readFileSync(join(folder.path, 'a1', 'runs'), 'utf8')).to.equal('run\n');
  });

  it('ends its job at once when it shall be ended, and nothing of it ever runs', async () => {
    await scheduler.kill(job, 0);
    await ended;
    expect(how).to.equal('it was given up before it ran');
    writeFileSync(ready, '');
    await until('its node is free', async () => (await slurm.slurm('squeue', '-h')) === '');
    expect(hasRun()).to.equal(false);
  });
});
