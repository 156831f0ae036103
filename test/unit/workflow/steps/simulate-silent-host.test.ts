import { expect } from 'chai';
import { transient } from '../../../../src/domain/errors.js';
import { until } from '../../../until.js';
import { SimulationBench, someBeams } from '../simulation-bench.js';

const DONE = { how: 'exited', code: 0 } as const;

describe('the step simulate, while its host does not answer', () => {
  it('notes that it waits for its host, which does not answer, and forgets it when the host does', async () => {
    const bench = new SimulationBench(someBeams(1));
    bench.scheduler.plays = () => ({ lines: [], end: DONE });
    bench.scheduler.readyFailure = transient('host.unreachable', 'host far cannot be reached: no connection');
    const running = bench.run();
    await until('it is noted', () => bench.beam(1).waitingFor !== null);
    expect(bench.beam(1).waitingFor).to.equal('its host to answer: host far cannot be reached: no connection');
    bench.scheduler.readyFailure = null;
    await bench.clock.advance(60_000);
    expect(await running).to.deep.equal({ do: 'advance' });
    expect(bench.beam(1).waitingFor).to.equal(null);
  });

  it('is said to wait for its host also while that is asked again, which takes long where it hangs', async () => {
    const bench = new SimulationBench(someBeams(1));
    bench.scheduler.plays = () => ({ lines: [], end: DONE });
    bench.scheduler.readyFailure = transient('host.unreachable', 'Slurm on host local does not answer');
    const running = bench.run();
    await until('it is noted', () => bench.beam(1).waitingFor !== null);
    let answers: (() => void)[] = [];
    bench.scheduler.ready = () =>
      new Promise((resolve) => {
        answers.push(resolve);
      });
    await bench.clock.advance(60_000);
    await until('it is asked again', () => answers.length === 2);
    expect(bench.beam(1).waitingFor).to.equal('its host to answer: Slurm on host local does not answer');
    for (const answer of answers) answer();
    answers = [];
    expect(await running).to.deep.equal({ do: 'advance' });
    expect(bench.beam(1)).to.include({ state: 'converted', waitingFor: null });
  });
});
