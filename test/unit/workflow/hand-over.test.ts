import { expect } from 'chai';
import { HandOver } from '../../../src/workflow/hand-over.js';
import { FakeClock } from '../../fakes/fake-clock.js';

describe('what an ended job leaves to be done', () => {
  const never = new AbortController().signal;
  let clock: FakeClock;
  let isPending: boolean;
  let handOver: HandOver;
  let done: boolean;
  beforeEach(() => {
    clock = new FakeClock();
    isPending = false;
    handOver = new HandOver(clock, () => isPending);
    done = false;
  });
  const turns = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const wait = async (signal = never): Promise<void> => {
    void handOver.over(signal).then(() => (done = true));
    await turns();
  };

  it('waits for nothing where no place is handed over', async () => {
    await wait();
    expect(done).to.equal(true);
  });

  it('waits while a place is given back that another beam waits for', async () => {
    isPending = true;
    await wait();
    handOver.tell();
    await turns();
    expect(done).to.equal(false);
    isPending = false;
    handOver.tell();
    await turns();
    expect(done).to.equal(true);
  });

  it('waits until each place that was given has its job', async () => {
    const [one, other] = [{}, {}];
    handOver.begin(one, 'here');
    handOver.begin(other, 'here');
    await wait();
    handOver.end(one);
    await turns();
    expect(done).to.equal(false);
    handOver.end(other);
    await turns();
    expect(done).to.equal(true);
  });

  it('waits a tenth of a second at most, and no longer than its case', async () => {
    handOver.begin({}, 'here');
    await wait();
    await clock.advance(99);
    expect(done).to.equal(false);
    await clock.advance(1);
    await turns();
    expect(done).to.equal(true);
    done = false;
    const stop = new AbortController();
    await wait(stop.signal);
    expect(done).to.equal(false);
    stop.abort();
    await turns();
    expect(done).to.equal(true);
  });
});

describe('places that are given at the same time', () => {
  const turns = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('start their jobs one after the other, in the order in which they were given', async () => {
    const handOver = new HandOver(new FakeClock(), () => false);
    const grants = [{}, {}, {}] as const;
    const started: number[] = [];
    for (const grant of grants) handOver.begin(grant, 'here');
    for (const i of [2, 1, 0] as const) void handOver.turn(grants[i]).then(() => started.push(i));
    for (const i of [0, 1, 2] as const) {
      await turns();
      expect(started).to.deep.equal([0, 1, 2].slice(0, i + 1));
      handOver.end(grants[i]);
    }
  });

  it('wait for a start that takes long, as on another host, for a moment only', async () => {
    const clock = new FakeClock();
    const handOver = new HandOver(clock, () => false);
    const [slow, other] = [{}, {}];
    handOver.begin(slow, 'here');
    handOver.begin(other, 'here');
    let isStarted = false;
    void handOver.turn(other).then(() => (isStarted = true));
    await clock.advance(29);
    await turns();
    expect(isStarted).to.equal(false);
    await clock.advance(1);
    await turns();
    expect(isStarted).to.equal(true);
  });

  it('wait for no start on another host', async () => {
    const handOver = new HandOver(new FakeClock(), () => false);
    const here = {};
    handOver.begin({}, 'far');
    handOver.begin(here, 'here');
    await handOver.turn(here);
  });
});
