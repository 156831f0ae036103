import { expect } from 'chai';
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AllHostsGpuFinder } from '../../../src/adapters/gpus/all-hosts-gpu-finder.js';
import { HostGpuFinder } from '../../../src/adapters/gpus/host-gpu-finder.js';
import { LocalHost } from '../../../src/adapters/hosts/local-host.js';
import { SystemClock } from '../../../src/adapters/system-clock/system-clock.js';
import type { GpuWatch } from '../../../src/workflow/gpu-watch.js';
import type { Slots } from '../../../src/workflow/slots.js';
import { aBeam } from '../../builders/a-beam.js';
import { aGpuLine, aGpuTool } from '../../builders/a-gpu-tool.js';
import { someSlots } from '../../builders/some-slots.js';
import { FakeLogger } from '../../fakes/fake-logger.js';
import { FakeScheduler } from '../../fakes/fake-scheduler.js';
import { tempFolder } from '../../temp-folder.js';
import { until } from '../../until.js';

/** For a call of a tool that hangs: with it is known that it does, so no other is held to it. */
const HANGS_MS = 300;

/** Two beams of a site with one GPU: `a` runs, `b` waits for it. The tool is a real program that is asked for real. */
describe('while a beam runs on a GPU whose nvidia-smi', () => {
  const folder = tempFolder();
  describe('', () => {
    troubles(folder);
  });
});

function troubles(folder: { readonly path: string }): void {
  const clock = new SystemClock();
  const stop = new AbortController();
  let slots: Slots;
  let watch: GpuWatch;
  let scheduler: FakeScheduler;
  let started: string[];
  let lost: AbortSignal[];

  const calls = (): string => join(folder.path, 'calls');
  /** A tool that notes its calls and does this first; what it says of processes may be given too. */
  const tool = (before = '', apps = ':', gpus = `echo '${aGpuLine('GPU-1')}'`): string => {
    const note = `echo "$1" >> '${calls()}'; ${before === '' ? ':' : before}`;
    return aGpuTool(folder.path, { gpus: `${note}; ${gpus}`, apps: `${note}; ${apps}` });
  };
  const beam = (caseId: string): Promise<void> =>
    slots.use({ id: caseId, priority: 0, createdAt: 1 }, aBeam({ caseId }), stop.signal, async (held) => {
      await held.leased;
      const job = scheduler.startedEarlier(`/${caseId}`);
      held.runs(job);
      started.push(caseId);
      lost.push(held.lost);
      await scheduler.wait(job, { timeoutMs: 1, stallMs: 1 }, { onLine: () => undefined }, stop.signal);
    });
  const end = (caseId: string): void => {
    scheduler.end(`/${caseId}`, { how: 'exited', code: 0 });
  };

  let done: Promise<void>[];
  let patient: boolean;
  beforeEach(async () => {
    patient = true;
    started = [];
    lost = [];
    scheduler = new FakeScheduler();
    const options = { cpuPlaces: 2, nvidia: tool(), rocm: join(folder.path, 'none'), limitMs: HANGS_MS };
    const here = new HostGpuFinder(new LocalHost(), clock, { ...options, limitMs: 20_000 });
    const quick = new HostGpuFinder(new LocalHost(), clock, options);
    // Patience with every tool but the one that hangs: on a busy machine the others may be slow as well.
    const finder = { find: () => (patient ? here : quick).find() };
    const all = new AllHostsGpuFinder(new Map([['local', finder]]), clock, new FakeLogger());
    ({ slots, watch } = someSlots({ finder: all, scheduler, clock }));
    done = [beam('a')];
    await until('a runs', () => started.length === 1);
    done.push(beam('b'));
    await until('b waits', () => slots.whyWaiting('b'));
  });
  afterEach(async () => {
    answers();
    end('a');
    await look();
    await until('b runs', () => started.length === 2);
    end('b');
    await Promise.all(done);
    await look(); // its place is given back
    slots.close();
  });
  const look = (): Promise<void> => watch.look(watch.begun);
  const answers = (): void => {
    patient = true;
    tool();
  };

  it('takes 1 s a call: the next beam starts after the one look it needs, which is one call long', async () => {
    await look();
    // Neither of the two questions of a look is answered before the other is asked: they are asked at the same time.
    const both = `[ "$(wc -l < '${calls()}')" -ge 2 ]`;
    tool(`sleep 1; until ${both}; do sleep 0.05; done`);
    rmSync(calls(), { force: true });
    const fromMs = performance.now();
    end('a');
    await until('b runs', () => started.length === 2);
    expect(performance.now() - fromMs).to.be.least(1_000);
    expect(readFileSync(calls(), 'utf8').trim().split('\n')).to.have.length(2);
  });

  const ways: readonly (readonly [string, () => void, RegExp | null])[] = [
    [
      'hangs',
      () => {
        patient = false;
        tool('exec sleep 30');
      },
      /did not answer within 0 s|hangs/,
    ],
    ['garbles its list', () => tool('', ':', 'echo GPU-1, 0, NVID'), /a list that cannot be read/],
    ['garbles the list of processes', () => tool('', 'echo 47'), null],
    ['fails', () => tool('exit 9'), /failed with code 9/],
    [
      'is not there any more',
      () => {
        rmSync(join(folder.path, 'nvidia-smi'));
      },
      /is not there any more/,
    ],
    [
      'cannot be run any more',
      () => {
        chmodSync(join(folder.path, 'nvidia-smi'), 0o600);
      },
      /could not be started/,
    ],
  ];
  for (const [what, make, words] of ways) {
    it(`${what}: it runs on, its GPU is not given away when it ends, and the next starts when the tool answers`, async () => {
      make();
      await look();
      await look();
      expect(lost[0]?.aborted, 'a is not taken away').to.equal(false);
      expect(scheduler.killed).to.deep.equal([]);
      end('a');
      await done[0];
      await look();
      await look();
      expect(started).to.deep.equal(['a']);
      expect(watch.places).to.have.length(1);
      expect(watch.places[0]).to.include({ id: 'local/GPU-1', outOfService: null });
      if (words === null) expect(watch.places[0]).to.include({ processes: null });
      else expect(watch.troubleOf('local')?.message).to.match(words);
      answers();
      await until('the tool answers again', async () => {
        await look();
        return started.length === 2;
      });
      expect(started).to.deep.equal(['a', 'b']);
    });
  }
}
