import { expect } from 'chai';
import { transient } from '../../../../src/domain/errors.js';
import type { JobExit } from '../../../../src/ports/scheduler.js';
import { WorkAhead } from '../../../../src/workflow/steps/work-ahead.js';
import { until } from '../../../until.js';
import { SimulationBench, someBeams } from '../simulation-bench.js';

const DONE: JobExit = { how: 'exited', code: 0 };

describe('the step simulate, while a beam waits for its place', () => {
  const waiting = async (bench: SimulationBench): Promise<{ readonly end: () => Promise<unknown> }> => {
    const running = bench.run();
    await until('beam 1 runs', () => bench.beam(1).state === 'submitted');
    const end = async (): Promise<unknown> => {
      bench.scheduler.plays = () => ({ lines: [], end: DONE });
      bench.scheduler.end(bench.folder(1), DONE);
      return running;
    };
    return { end };
  };

  it('brings what its job will read to where that will run, once the job before it was started; only for the next', async () => {
    const bench = new SimulationBench(someBeams(1, 2, 3), { gpus: 1 });
    const { end } = await waiting(bench);
    await until('it is brought', () => bench.scheduler.broughtAhead.length > 0);
    const files = ['/root/work/c1/1/beam-002/beam.json'];
    expect(bench.scheduler.broughtAhead).to.deep.equal([{ host: 'local', files, submits: 1 }]);
    expect(bench.engine.madeAhead.map(({ beamNumber }) => beamNumber)).to.deep.equal([2]);
    expect(await end()).to.deep.equal({ do: 'advance' });
    expect(bench.engine.madeAhead.map(({ beamNumber }) => beamNumber)).to.deep.equal([2, 3]);
  });

  it('calculates it all the same where nothing could be brought', async () => {
    const bench = new SimulationBench(someBeams(1, 2, 3), { gpus: 1 });
    const failures = [transient('host.unreachable', 'host far cannot be reached'), new Error('a bug')];
    bench.scheduler.bringAhead = () => Promise.reject(failures.pop() ?? new Error('asked too often'));
    const { end } = await waiting(bench);
    await until('beam 2 was tried', () => failures.length === 1);
    expect(await end()).to.deep.equal({ do: 'advance' });
    expect(failures).to.deep.equal([]);
    const told = bench.log.lines.filter(({ message }) => message === 'nothing could be done ahead for a beam');
    expect(told.map(({ level, fields }) => [level, fields.code])).to.deep.equal([
      ['debug', 'unclassified'],
      ['debug', 'host.unreachable'],
    ]);
    for (const n of [2, 3]) expect(bench.beam(n)).to.include({ attempt: 1, failures: 0 });
  });

  /** As the slots tell a beam that is next. */
  const toldOf = (bench: SimulationBench, isNext = (): void => undefined): ((host: string | null) => void) => {
    const { engine, scheduler, folders, log, clock } = bench;
    const context = { signal: bench.stop.signal, log, held: () => false, isNext };
    return new WorkAhead(engine, scheduler, folders, clock).of(bench.kase, bench.beam(1), context);
  };
  const passed = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

  it('makes it once, and brings it once to each host that it may run on', async () => {
    const bench = new SimulationBench(someBeams(1));
    let nexts = 0;
    const tell = toldOf(bench, () => void (nexts += 1));
    for (const host of ['a', null, 'a', 'b', 'a']) tell(host);
    await passed();
    expect(bench.scheduler.broughtAhead.map(({ host }) => host)).to.deep.equal(['a', 'b']);
    expect(bench.engine.madeAhead).to.have.length(1);
    expect(nexts).to.equal(5);
  });

  it('tries again what failed, not at once but while it still waits, and makes anew only what was not made', async () => {
    const bench = new SimulationBench(someBeams(1));
    let asked = 0;
    bench.scheduler.bringAhead = () => {
      asked += 1;
      return asked < 3 ? Promise.reject(transient('host.unreachable', 'the line broke')) : Promise.resolve();
    };
    const tell = toldOf(bench);
    const tellFor = async (ms: number): Promise<void> => {
      for (let passedMs = 0; passedMs < ms; passedMs += 5_000) {
        tell('a');
        await passed();
        await bench.clock.advance(5_000);
      }
    };
    await tellFor(30_000);
    expect(asked).to.equal(1);
    await tellFor(300_000);
    expect(asked, 'and no more once it is there').to.equal(3);
    expect(bench.engine.madeAhead).to.have.length(1);
  });

  it('says nothing of what is cut off when it is let go of', async () => {
    const cut = new SimulationBench(someBeams(1));
    cut.scheduler.bringAhead = () => {
      cut.stop.abort(new Error('the service stops'));
      return Promise.reject(transient('host.unreachable', 'the service stops'));
    };
    toldOf(cut)('a');
    await passed();
    expect(cut.stop.signal.aborted).to.equal(true);
    expect(cut.log.lines).to.deep.equal([]);
  });

  it('brings nothing any more once it is let go of', async () => {
    const bench = new SimulationBench(someBeams(1, 2), { gpus: 1 });
    bench.stop.abort(new Error('the service stops'));
    await bench.run().catch(() => undefined);
    expect(bench.scheduler.broughtAhead).to.deep.equal([]);
  });
});
