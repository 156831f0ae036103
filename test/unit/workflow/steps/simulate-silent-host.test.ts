import { expect } from 'chai';
import { operator, transient } from '../../../../src/domain/errors.js';
import { AskedHost } from '../../../../src/workflow/steps/asked-host.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { rejection } from '../../../rejection.js';
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

  for (const asked of ['readyFailure', 'submitFailure'] as const) {
    it(`is not held for a host that does not let us in (${asked}): it goes on by itself as soon as that does`, async () => {
      const bench = new SimulationBench(someBeams(1));
      bench.scheduler.plays = () => ({ lines: [], end: DONE });
      bench.scheduler[asked] = operator('host.auth', 'host far does not let us in');
      const running = bench.run();
      if (asked === 'readyFailure') {
        await until('it is noted', () => bench.beam(1).waitingFor !== null);
        expect(bench.beam(1).waitingFor).to.equal('its host to let us in: host far does not let us in');
      }
      for (let i = 0; i < 10; i++) await bench.clock.advance(10_000);
      expect(bench.beam(1)).to.include({ state: 'pending', failures: 0 });
      bench.scheduler[asked] = null;
      await bench.clock.advance(10_000);
      expect(await running).to.deep.equal({ do: 'advance' });
      expect(bench.beam(1)).to.include({ state: 'converted', failures: 0, waitingFor: null });
    });
  }

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

  it('asks the silent host beside the queue until it answers, and then waits for a place as any other beam', async () => {
    const clock = new FakeClock();
    let fails = true;
    let asked = 0;
    const ready = (): Promise<void> => {
      asked += 1;
      return fails ? Promise.reject(new Error('silent')) : Promise.resolve();
    };
    const host = new AskedHost({ ready }, clock);
    const forgotten: string[] = [];
    const queues = (name: string): void => {
      host.queues(() => forgotten.push(name), new AbortController().signal);
    };
    await rejection(host.ready('local'));
    queues('first');
    await clock.advance(12_000);
    expect([asked, forgotten]).to.deep.equal([4, []]);
    fails = false;
    await clock.advance(5_000);
    expect(forgotten).to.deep.equal(['first']);
    fails = true;
    await rejection(host.ready('local'));
    queues('second');
    await clock.advance(1);
    host.close();
    await clock.advance(60_000);
    expect([asked, clock.sleeping], 'nothing goes on for a beam that queues no more').to.deep.equal([7, 0]);
  });
});
