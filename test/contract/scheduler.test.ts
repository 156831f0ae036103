import { expect } from 'chai';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { LocalHost } from '../../src/adapters/hosts/local-host.js';
import { SshHost } from '../../src/adapters/hosts/ssh/ssh-host.js';
import { DirectScheduler } from '../../src/adapters/schedulers/direct-scheduler.js';
import { SlurmScheduler } from '../../src/adapters/schedulers/slurm/slurm-scheduler.js';
import { StagedScheduler } from '../../src/adapters/schedulers/staged-scheduler.js';
import { SystemClock } from '../../src/adapters/system-clock/system-clock.js';
import { HostPaths } from '../../src/domain/host-paths.js';
import type { JobExit, JobRequest, Scheduler } from '../../src/ports/scheduler.js';
import { FakeLogger } from '../fakes/fake-logger.js';
import { SshServer } from '../mounts/ssh-server.js';
import { removeFolder } from '../remove-folder.js';
import { PrivateSlurm } from '../slurm/private-slurm.js';
import { FakeScheduler } from '../fakes/fake-scheduler.js';
import { tempFolder } from '../temp-folder.js';
import { until } from '../until.js';
import { rejection } from '../rejection.js';
import { FakeAvoidedNodes } from '../fakes/fake-avoided-nodes.js';

/** What the job does: says lines, then ends with the code, or runs on. */
interface Script {
  readonly lines: readonly string[];
  readonly code: number | 'runs on';
  /** Says them all so many times; by default once. */
  readonly times?: number;
}

interface Kind {
  readonly name: string;
  /** @param place a folder of the test */
  readonly make: (place: string) => Scheduler;
  readonly open?: () => Promise<void>;
  readonly close?: () => Promise<void>;
}

/** On a machine reached by a real sshd, with a work folder of its own, which sees nothing of ours. */
function overSsh(): Kind {
  const far = mkdtempSync(join(tmpdir(), 'mqi-far-'));
  const server = new SshServer(join(far, 'sshd'));
  const clock = new SystemClock();
  let host: SshHost | null = null;
  return {
    name: 'StagedScheduler over DirectScheduler on SshHost',
    open: () => server.start(),
    make: (root) => {
      host ??= new SshHost({ name: 'far', ...server.reach }, clock);
      const paths = new HostPaths({ root, workDir: join(far, basename(root)), sharedFolder: null, installed: [] });
      const direct = new DirectScheduler(host, clock, { pollMs: 5_000 });
      return new StagedScheduler(direct, host.files, clock, new FakeLogger(), { paths, keepDays: 7 });
    },
    close: async () => {
      host?.close();
      await server.stop();
      removeFolder(far);
    },
  };
}

/** Jobs of a real cluster of two virtual nodes. */
function ofSlurm(): Kind {
  const slurm = new PrivateSlurm();
  return {
    name: 'SlurmScheduler on LocalHost',
    open: () => slurm.start(),
    make: () => new SlurmScheduler(new LocalHost(), new SystemClock(), slurm.options(), new FakeAvoidedNodes()),
    close: () => slurm.stop(),
  };
}

const KINDS: readonly Kind[] = [
  {
    name: 'DirectScheduler on LocalHost',
    make: () => new DirectScheduler(new LocalHost(), new SystemClock(), { pollMs: 5_000 }),
  },
  {
    name: 'FakeScheduler',
    make: () => {
      const scheduler = new FakeScheduler();
      scheduler.plays = ({ argv }) => {
        const script = JSON.parse(argv.at(-1) ?? '') as Script;
        const { lines, code, times = 1 } = script;
        const said = Array.from({ length: times }, () => lines).flat();
        return { lines: said, end: code === 'runs on' ? null : { how: 'exited', code } };
      };
      return scheduler;
    },
  },
  overSsh(),
  ofSlurm(),
];

/** Runs the script for real; the fake reads it from the last argument. */
const PLAYER = `const { lines, code, times = 1 } = JSON.parse(process.argv[1]);
for (let i = 0; i < times; i++) for (const line of lines) console.log(line);
if (code === 'runs on') setInterval(() => {}, 1000); else process.exitCode = code;`;

for (const kind of KINDS) {
  describe(`the contract of a scheduler: ${kind.name}`, () => {
    const folder = tempFolder();
    const limits = { timeoutMs: 60_000, stallMs: 60_000 };
    const never = new AbortController().signal;
    let scheduler: Scheduler;
    if (kind.open !== undefined) before(kind.open);
    if (kind.close !== undefined) after(kind.close);
    beforeEach(() => {
      scheduler = kind.make(folder.path);
    });
    const request = (script: Script, attempt = 'attempt-1'): JobRequest => ({
      folder: join(folder.path, attempt),
      argv: [process.execPath, '-e', PLAYER, JSON.stringify(script)],
      env: {},
      gpuUuids: [],
    });
    const finish = async (script: Script): Promise<{ exit: JobExit; lines: string[] }> => {
      const lines: string[] = [];
      const job = await scheduler.submit(request(script));
      const exit = await scheduler.wait(job, limits, { onLine: (line) => lines.push(line) }, never);
      return { exit, lines };
    };

    it('gives the exit code and every line of output in order', async () => {
      const { exit, lines } = await finish({ lines: ['10%', 'a "quoted" $(line)', '100%'], code: 0 });
      expect(exit).to.deep.equal({ how: 'exited', code: 0 });
      expect(lines).to.deep.equal(['10%', 'a "quoted" $(line)', '100%']);
    });

    it('gives the exit code of a job that failed', async () => {
      expect((await finish({ lines: [], code: 3 })).exit).to.deep.equal({ how: 'exited', code: 3 });
    });

    it('finds no job in a folder where none was started', async () => {
      expect(await scheduler.find(join(folder.path, 'attempt-9'))).to.equal(null);
    });

    it('starts one job for a folder, however often it is submitted', async () => {
      const script: Script = { lines: ['up'], code: 'runs on' };
      const first = await scheduler.submit(request(script));
      expect(await scheduler.submit(request(script))).to.deep.equal(first);
      expect(await scheduler.find(join(folder.path, 'attempt-1'))).to.deep.equal(first);
      // One that is killed before it runs was never started, and its folder is given up.
      const up = new AbortController();
      const onLine = (): void => {
        setImmediate(() => {
          up.abort();
        });
      };
      await scheduler.wait(first, limits, { onLine }, up.signal).catch((thrown: unknown) => {
        if (!up.signal.aborted) throw thrown;
      });
      await scheduler.kill(first, 5_000);
      expect(await scheduler.submit(request(script))).to.deep.equal(first);
    });

    it('tells the end and the whole output again to a second wait, also when the job ended before', async () => {
      const job = await scheduler.submit(request({ lines: ['one', 'two'], code: 7 }));
      for (let i = 0; i < 2; i++) {
        const lines: string[] = [];
        const exit = await scheduler.wait(job, limits, { onLine: (line) => lines.push(line) }, never);
        expect(exit).to.deep.equal({ how: 'exited', code: 7 });
        expect(lines).to.deep.equal(['one', 'two']);
      }
    });

    it('tells that the job is over before it tells how, also to who asks late, and not while it runs', async () => {
      const job = await scheduler.submit(request({ lines: ['up'], code: 'runs on' }));
      for (const isRunning of [true, false]) {
        const told: string[] = [];
        const observer = { onLine: (line: string) => told.push(line), onOver: () => told.push('over') };
        const waiting = scheduler.wait(job, limits, observer, never).then(() => told.push('end'));
        await until('it has said something', () => told.length > 0);
        if (isRunning) expect(told).not.to.contain('over');
        await scheduler.kill(job, 5_000);
        await waiting;
        expect(told).to.contain('over');
        expect(told.at(-1)).to.equal('end');
      }
    });

    it('lets go of a running job on abort with the reason of the signal, and the job runs on', async () => {
      const job = await scheduler.submit(request({ lines: [], code: 'runs on' }));
      const stop = new AbortController();
      const waiting = rejection(scheduler.wait(job, limits, { onLine: () => undefined }, stop.signal));
      const reason = new Error('the service stops');
      stop.abort(reason);
      expect(await waiting).to.equal(reason);
      const still = new AbortController();
      const again = rejection(scheduler.wait(job, limits, { onLine: () => undefined }, still.signal));
      still.abort(reason);
      expect(await again).to.equal(reason);
      await scheduler.kill(job, 5_000);
    });

    it('stops a job whose output is larger than it may be, and gives the last it wrote', async () => {
      const job = await scheduler.submit(request({ lines: ['x'.repeat(999)], times: 2_000, code: 'runs on' }));
      const small = { ...limits, maxLogBytes: 2 ** 20 };
      const error = await rejection(scheduler.wait(job, small, { onLine: () => undefined }, never));
      expect(error).to.include({ code: 'engine.log-flood', severity: 'transient' });
      expect((error as Error).message.slice(0, 200)).to.match(/the last.*: "x+/);
      expect(await scheduler.isRunning(job)).to.equal(false);
    });

    it('ends a wait when the job is killed, and killing what has ended does nothing', async () => {
      const job = await scheduler.submit(request({ lines: [], code: 'runs on' }));
      const waiting = scheduler.wait(job, limits, { onLine: () => undefined }, never);
      await scheduler.kill(job, 5_000);
      const exit = await waiting;
      expect(exit.how === 'vanished' || exit.code !== 0).to.equal(true);
      await scheduler.kill(job, 5_000);
    });
  });
}
