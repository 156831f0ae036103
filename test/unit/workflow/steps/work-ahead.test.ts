import { expect } from 'chai';
import { transient } from '../../../../src/domain/errors.js';
import type { JobExit } from '../../../../src/ports/scheduler.js';
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
    for (const n of [2, 3]) expect(bench.beam(n)).to.include({ attempt: 1, failures: 0 });
  });

  it('brings nothing any more once it is let go of', async () => {
    const bench = new SimulationBench(someBeams(1, 2), { gpus: 1 });
    bench.stop.abort(new Error('the service stops'));
    await bench.run().catch(() => undefined);
    expect(bench.scheduler.broughtAhead).to.deep.equal([]);
  });
});
