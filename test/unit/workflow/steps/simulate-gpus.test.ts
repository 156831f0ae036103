import { expect } from 'chai';
import type { JobExit } from '../../../../src/ports/scheduler.js';
import { until } from '../../../until.js';
import { SimulationBench, someBeams } from '../simulation-bench.js';

const DONE: JobExit = { how: 'exited', code: 0 };

describe('the step simulate, when its GPU is taken away', () => {
  it('ends the job of a GPU that goes out of service and calculates the beam on another', async () => {
    const bench = new SimulationBench(someBeams(1), { gpus: 2 });
    const watching = new AbortController();
    void bench.watch.run(watching.signal);
    const running = bench.run();
    await until('the job runs', () => bench.beam(1).state === 'submitted');
    expect(bench.beam(1).resourceId).to.equal('local/GPU-1');
    bench.finder.change('local/GPU-1', { fault: 'it has fallen off the bus' });
    bench.scheduler.plays = () => ({ lines: [], end: DONE });
    await until('it is tried again', async () => {
      await bench.clock.advance(5_000);
      return bench.beam(1).error !== null;
    });
    expect(bench.beam(1).failures).to.equal(0); // no fault of the beam
    expect(bench.scheduler.killed).to.deep.equal([bench.folder(1)]);
    expect(bench.beam(1).error).to.include({ code: 'gpu.lost', severity: 'transient' });
    expect(bench.beam(1).error?.message).to.contain('GPU-1 is out of service: it has fallen off the bus');
    await bench.clock.advance(60_000);
    await running;
    expect(bench.beam(1)).to.include({ state: 'converted', attempt: 2, resourceId: 'local/GPU-2' });
    watching.abort();
  });

  it('counts it against no beam that another service has its GPU, and goes on when it has let go of it', async () => {
    const bench = new SimulationBench(someBeams(1));
    let others = 6; // more than maxRetries
    const lease = bench.resources.lease.bind(bench.resources);
    bench.resources.lease = (...given) => (others-- > 0 ? Promise.resolve(false) : lease(...given));
    bench.scheduler.plays = () => ({ lines: [], end: DONE });
    const running = bench.run();
    await until('it is converted', async () => {
      await bench.clock.advance(5_000);
      return bench.beam(1).state === 'converted';
    });
    await running;
    expect(bench.beam(1)).to.include({ attempt: 7, failures: 0 });
    const attempts = bench.tables.attempts.filter(({ beamNumber }) => beamNumber === 1);
    expect(attempts.map(({ error }) => error?.code ?? null)).to.deep.equal([
      ...Array<string>(6).fill('gpu.busy'),
      null,
    ]);
    expect(bench.scheduler.submits).to.equal(1);
  });
});

describe('the step simulate, when a GPU becomes free', () => {
  it('starts the next job before it judges what the one before has left', async () => {
    const bench = new SimulationBench(someBeams(1, 2), { gpus: 1 });
    const startedAtJudging: number[] = [];
    bench.engine.judgement = () => startedAtJudging.push(bench.scheduler.submits);
    bench.scheduler.plays = () => ({ lines: [], end: DONE });
    expect(await bench.run()).to.deep.equal({ do: 'advance' });
    expect(startedAtJudging).to.deep.equal([2, 2]);
  });

  it('starts the next job while the results of the one before are still brought', async () => {
    const bench = new SimulationBench(someBeams(1, 2), { gpus: 1 });
    let areBrought: () => void = () => undefined;
    bench.scheduler.brings = new Promise((resolve) => (areBrought = resolve));
    bench.scheduler.plays = () => ({ lines: [], end: DONE });
    const running = bench.run();
    await until('both were started', () => bench.scheduler.submits === 2);
    expect(bench.engine.judged).to.deep.equal([]);
    areBrought();
    expect(await running).to.deep.equal({ do: 'advance' });
  });
});
