import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { HostGpuFinder } from '../../../src/adapters/gpus/host-gpu-finder.js';
import { LocalHost } from '../../../src/adapters/hosts/local-host.js';
import { DirectScheduler } from '../../../src/adapters/schedulers/direct-scheduler.js';
import { SystemClock } from '../../../src/adapters/system-clock/system-clock.js';
import type { JobHandle } from '../../../src/domain/beam.js';
import type { Host } from '../../../src/ports/host.js';
import { strangersOn } from '../../../src/workflow/strangers.js';
import { aGpuLine, aGpuTool } from '../../builders/a-gpu-tool.js';
import { farHost } from '../../mounts/far-host.js';
import { tempFolder } from '../../temp-folder.js';
import { until } from '../../until.js';

/** A process of the job's session, and one that has a session of its own. */
const JOB =
  'setsid sleep 60 & echo $! > child.part; mv child.part child; echo $$ > own.part; mv own.part own; exec sleep 60';

describe('programs on a GPU that a job of ours computes on', () => {
  const folder = tempFolder();
  const far = farHost(folder);
  let stranger: ChildProcess;
  beforeEach(() => {
    stranger = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  });
  afterEach(() => {
    stranger.kill('SIGKILL');
  });

  const HOSTS: readonly [string, () => Host][] = [
    ['here', () => new LocalHost()],
    ['over SSH', () => far.host],
  ];
  for (const [where, hostOf] of HOSTS) {
    it(`are told from the job's own, ${where}`, async () => {
      const host = hostOf();
      const scheduler = new DirectScheduler(host, new SystemClock(), { pollMs: 5_000 });
      const request = { folder: join(folder.path, 'job'), argv: ['sh', '-c', JOB], env: {}, gpuUuids: [] };
      const job: JobHandle = await scheduler.submit(request);
      let child = 0;
      try {
        await until('it runs', () => existsSync(join(request.folder, 'own')));
        const [own, another] = ['own', 'child'].map((name) => Number(readFileSync(join(request.folder, name), 'utf8')));
        child = another ?? 0;
        const gone = 99_999_999;
        const apps = [own, child, stranger.pid, gone].map((pid) => `GPU-1, ${String(pid)}, 100`);
        mkdirSync(join(folder.path, 'tool'));
        writeFileSync(join(folder.path, 'apps'), `${apps.join('\n')}\n`);
        const nvidia = aGpuTool(join(folder.path, 'tool'), {
          gpus: `echo '${aGpuLine('GPU-1')}'`,
          apps: `cat '${join(folder.path, 'apps')}'`,
        });
        const finder = new HostGpuFinder(host, new SystemClock(), { cpuPlaces: 1, nvidia });
        for (let look = 0; look < 2; look++) {
          const [gpu] = await finder.find();
          expect(gpu?.processes?.map(({ ours }) => ours)).to.deep.equal([true, true, false, undefined]);
          expect(gpu === undefined ? [] : strangersOn(gpu)).to.deep.equal([stranger.pid]);
        }
      } finally {
        await scheduler.kill(job, 0);
        if (child > 0) process.kill(child, 'SIGKILL');
      }
    });
  }
});
