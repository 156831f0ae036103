import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { CaseDetailView } from '../../src/workflow/case-view.js';
import { engineProcesses } from '../faults/kills/engine-processes.js';
import { FaultRoot, type Ended } from '../faults/kills/fault-root.js';
import { madeInputs, type MadeInputs } from '../faults/kills/made-inputs.js';
import { ASK_EVERY_MS } from '../ask-mqi.js';
import { endNow } from '../end-now.js';
import { removeFolder } from '../remove-folder.js';
import { until } from '../until.js';

/**
 * Runs until there is a file `go`, or a file `next`, which lets one engine end; with a process of its own beside it. Fails
 * at once if there is a file `broken`. If there is a file `stubborn` it ends on no SIGTERM, and notes when each comes.
 */
const ENGINE = `echo "$2" >> "$1/engine-runs"
[ -e "$1/broken" ] && exit 3
[ -e "$1/stubborn" ] && trap '' TERM
sleep 300 & beside=$!
[ -e "$1/stubborn" ] && trap 'date +%s%3N >> "'"$1"'/asked-to-end"' TERM
until [ -e "$1/go" ] || mv "$1/next" "$1/next.$$" 2>/dev/null; do sleep 0.1; done
kill -KILL $beside
cp "$1/dose.mha" "$2.part" && mv "$2.part" "$2"
`;

/** As src/workflow/operator-control.ts has it. */
const GRACE_MS = 5_000;
const TICK_MS = 20;
/** Longer between two ticks: the whole machine stood still. */
const LONGEST_TICK_MS = 250;
const REFUSED = 4;

describe('operators at the command line', function () {
  this.timeout(90_000);
  const place = mkdtempSync(join(tmpdir(), 'mqi-engine-'));
  let made: MadeInputs;
  let root: FaultRoot;
  let service: ReturnType<FaultRoot['start']> | null = null;

  before(async () => {
    writeFileSync(join(place, 'engine.sh'), ENGINE);
    made = await madeInputs(2);
  });
  after(() => {
    made.remove();
    removeFolder(place);
  });
  const build = (change: { readonly quietSeconds?: number; readonly maxRetries?: number } = {}): void => {
    const argv = ['sh', join(place, 'engine.sh'), '{workDir}/../../../../..', '{output}'];
    root = new FaultRoot({ engine: 'command', engineSeconds: 0, slots: 1, doseFile: made.doseFile, argv, ...change });
  };
  afterEach(async () => {
    await end('SIGTERM');
    for (const { pid } of engineProcesses(root.path)) endNow(pid);
    root.remove();
  });

  const start = (): void => {
    service = root.start();
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = service;
    service = null;
    ending?.kill(signal);
    await ending?.ended;
  };
  const put = (name: string): void => {
    writeFileSync(join(root.path, name), '');
  };
  const take = (name: string): void => {
    rmSync(join(root.path, name));
  };
  const done = async (...args: readonly string[]): Promise<void> => {
    const { code, output } = await root.mqi(args);
    expect(code, `mqi ${args.join(' ')}: ${output}`).to.equal(0);
  };
  const shown = async (name: string): Promise<CaseDetailView | null> => {
    const { code, stdout } = await root.mqi(['case', name, '--json']);
    return code === 0 ? (JSON.parse(stdout) as CaseDetailView) : null;
  };
  const looked = async (name: string): Promise<CaseDetailView | null> => {
    const { code, stdout } = await root.look(['case', name]);
    return code === 0 ? (JSON.parse(stdout) as CaseDetailView) : null;
  };
  const untilShown = (name: string, what: string, is: (kase: CaseDetailView) => boolean): Promise<CaseDetailView> =>
    until(
      `${name} ${what}`,
      async () => {
        const kase = await looked(name);
        return kase !== null && is(kase) ? kase : null;
      },
      30_000,
      ASK_EVERY_MS,
    );
  const untilCompleted = (name: string): Promise<CaseDetailView> =>
    untilShown(name, 'completed', ({ state }) => state === 'completed');
  const untilEngines = (count: number): Promise<true> =>
    until(`${String(count)} engines were started`, () => root.engineRuns().length >= count, 20_000);
  const drop = (name: string): void => {
    root.drop(made.folder, name);
  };
  /**
   * Cancels the case; gives how long that took since its engine was told to end, ms: how long the command took to start is no
   * part of it, nor is a pause of the machine, in which nobody could end anything.
   */
  const cancelled = async (name: string): Promise<number> => {
    let tookMs = 0;
    let lastMs = performance.now();
    const ticks = setInterval(() => {
      const nowMs = performance.now();
      if (existsSync(join(root.path, 'asked-to-end'))) tookMs += Math.min(nowMs - lastMs, LONGEST_TICK_MS);
      lastMs = nowMs;
    }, TICK_MS);
    await done('cancel', name).finally(() => {
      clearInterval(ticks);
    });
    return tookMs;
  };
  const events = ({ transitions }: CaseDetailView): readonly string[] => transitions.map(({ event }) => event);

  it('hold a case: its engine goes on to a dose, no other is started until it is resumed', async () => {
    build();
    drop('A');
    start();
    await untilEngines(1);
    await done('hold', 'A', '--reason', 'wait for the physicist');
    put('go');
    const held = await untilShown('A', 'has let go', ({ attempts }) =>
      attempts.some(
        ({ step, outcome, beamNumber }) => step === 'simulate' && beamNumber === null && outcome === 'waiting',
      ),
    );
    expect(held.status).to.contain('wait for the physicist');
    expect(held.beams.map(({ state }) => state)).to.deep.equal(['converted', 'pending']);
    expect(root.engineRuns()).to.have.length(1);
    await done('resume', 'A');
    expect(events(await untilCompleted('A'))).to.include.members(['hold', 'resume']);
    expect(root.engineRuns()).to.have.length(2);
  });

  it('cancel a case whose engine does not end on SIGTERM: no process of it is left 2 s after the grace time', async () => {
    build();
    put('stubborn');
    drop('A');
    start();
    await untilEngines(1);
    expect(await cancelled('A')).to.be.within(1, GRACE_MS + 2_000);
    expect(engineProcesses(root.path)).to.deep.equal([]);
    const kase = await shown('A');
    expect(kase?.state).to.equal('cancelled');
    expect(kase?.beams.map(({ state }) => state)).to.deep.equal(['cancelled', 'cancelled']);
  });

  it('put a case first in the queue while others wait', async () => {
    build();
    drop('A');
    start();
    await untilEngines(1);
    drop('B');
    await untilShown('B', 'waits for a place', ({ state }) => state === 'interpreted');
    drop('C');
    const last = await untilShown('C', 'waits for a place', ({ state }) => state === 'interpreted');
    await done('priority', 'C', '5');
    // The service looks for orders of other processes five times a second: it has heard by the time this command ends.
    await untilShown('C', 'shows its priority', ({ priority }) => priority === 5);
    for (const running of [1, 2, 3]) {
      put('next');
      await untilEngines(running + 1);
    }
    put('go');
    await untilCompleted('B');
    await untilCompleted('C');
    // The second engine may be of A, which was first when the order came; then both of C come before B.
    const ofC = root.engineRuns().map((path) => path.includes(last.id));
    expect(ofC.slice(2, 3)).to.deep.equal([true]);
    expect(ofC.lastIndexOf(true)).to.be.lessThan(4);
  });

  it('let all failed cases be tried again, and all held ones go on', async () => {
    build({ maxRetries: 0 });
    put('broken');
    drop('A');
    drop('B');
    start();
    for (const name of ['A', 'B']) await untilShown(name, 'failed', ({ state }) => state === 'failed');
    take('broken');
    await done('retry', '--failed');
    await untilEngines(5);
    await done('hold', 'A', '--reason', 'later');
    await done('hold', 'B', '--reason', 'later');
    put('go');
    await done('retry', '--held');
    for (const name of ['A', 'B']) expect(events(await untilCompleted(name))).to.include.members(['fail', 'retry']);
  });

  it('submit a folder that the watcher would not take for an hour, whether the service is up or down', async () => {
    build({ quietSeconds: 3_600 });
    put('go');
    start();
    drop('A');
    await done('submit', join(root.path, 'inbox', 'A'));
    await untilCompleted('A');
    await end('SIGTERM');
    drop('B');
    await done('submit', join(root.path, 'inbox', 'B'));
    expect((await shown('B'))?.state).to.equal('registered');
    start();
    expect((await untilCompleted('B')).run).to.equal(1);
  });

  it('are two: one holds the case, the other is told', async () => {
    build();
    drop('A');
    start();
    await untilEngines(1);
    const both = await Promise.all(['one', 'two'].map((reason) => root.mqi(['hold', 'A', '--reason', reason])));
    const codes = both.map(({ code }) => code).sort();
    expect(codes[0]).to.equal(0);
    expect(codes[1]).not.to.equal(0);
    const told = both.find(({ code }) => code !== 0) as Ended;
    expect(told.output).to.match(/^mqi: case .*(held already|another writer).*; \S/);
    const kase = await shown('A');
    expect(events(kase as CaseDetailView).filter((event) => event === 'hold')).to.have.length(1);
    expect((await root.mqi(['hold', 'A', '--reason', 'three'])).code).to.equal(REFUSED);
  });

  it('do all of this while no service runs; what was ordered is done at the next start', async () => {
    build();
    put('stubborn');
    drop('A');
    start();
    await untilEngines(1);
    drop('B');
    drop('C');
    for (const name of ['B', 'C']) {
      await untilShown(name, 'waits for a place', ({ state }) => state === 'interpreted');
    }
    await end('SIGKILL');
    expect(engineProcesses(root.path), 'the engine outlives the service').not.to.deep.equal([]);
    const from = performance.now();
    expect(await cancelled('A')).to.be.within(1, GRACE_MS + 2_000);
    expect(performance.now() - from).to.be.greaterThan(GRACE_MS);
    expect(engineProcesses(root.path)).to.deep.equal([]);
    await done('hold', 'B', '--reason', 'later');
    await done('priority', 'C', '7');
    await done('retry', 'A');
    put('go');
    start();
    await untilCompleted('C');
    expect(events(await untilCompleted('A'))).to.include.members(['cancel', 'retry']);
    expect(await shown('B')).to.include({ state: 'interpreted', status: 'held: later' });
    await done('resume', 'B');
    await untilCompleted('B');
    const [killed, ...others] = root.engineRuns();
    expect(killed).to.match(/attempt-1/);
    expect(new Set(others).size, 'each of the six beams once').to.equal(6);
  });
});
