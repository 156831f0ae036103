import { expect } from 'chai';
import { transient } from '../../../../src/domain/errors.js';
import { aCase } from '../../../builders/a-case.js';
import { TellingBench } from './telling-bench.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const down = transient('notify.unreachable', 'nobody answers');

describe('a channel', () => {
  let bench: TellingBench;
  const fresh = async (rule: ConstructorParameters<typeof TellingBench>[0] = {}): Promise<void> => {
    bench = new TellingBench(rule);
    for (const id of ['c1', 'c2', 'c3']) {
      bench.tables.cases.set(id, aCase({ id, updatedAt: bench.clock.now() + 90 * 24 * HOUR }));
    }
    await bench.notifier.look();
  };
  beforeEach(() => fresh());

  it('that is away is tried again with growing delay, and hears of everything once it is back', async () => {
    bench.channel.failure = down;
    bench.move('c1', 'fail');
    await bench.lookAndTell();
    const delays: number[] = [];
    for (let i = 0; i < 11; i++) {
      const waiting = bench.store.rows[0]!;
      delays.push((waiting.notBefore - bench.clock.now()) / 1000);
      await bench.clock.advance(waiting.notBefore - bench.clock.now());
      await bench.tell();
    }
    expect(delays).to.deep.equal([10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]);
    expect(bench.log.lines.filter(({ level }) => level === 'error')).to.have.length(1);
    bench.channel.failure = null;
    bench.move('c2', 'fail');
    await bench.clock.advance(HOUR);
    await bench.lookAndTell();
    expect(await bench.tell()).to.deep.equal(['MQI: case c1 failed', 'MQI: case c2 failed']);
  });

  it('that took a message whose answer was lost gets the same again, by the same name, also after a kill', async () => {
    bench.channel.failure = down;
    bench.channel.losesAnswer = true;
    bench.move('c1', 'fail');
    await bench.lookAndTell();
    bench.restart();
    bench.channel.failure = null;
    bench.move('c2', 'fail');
    await bench.clock.advance(MINUTE);
    await bench.lookAndTell();
    const [first, again] = bench.channel.sent;
    expect(again).to.deep.equal(first);
    await bench.tell();
    expect(bench.channel.sent[2]?.id).not.to.equal(first?.id);
    expect(bench.channel.sent).to.have.length(3);
  });

  it('is given up after three days, saying so as an error', async () => {
    bench.channel.failure = down;
    bench.move('c1', 'fail');
    await bench.lookAndTell();
    await bench.clock.advance(73 * HOUR);
    await bench.tell();
    expect(bench.store.rows.map(({ state }) => state)).to.deep.equal(['given-up']);
    expect(bench.log.lines.at(-1)).to.include({ level: 'error', message: 'people could not be told, given up' });
  });

  it('collects what happens within its digest, and tells it as one', async () => {
    await fresh({ digestMinutes: 15 });
    bench.move('c1', 'fail');
    expect(await bench.lookAndTell()).to.deep.equal([]);
    await bench.clock.advance(10 * MINUTE);
    bench.move('c2', 'advance');
    expect(await bench.lookAndTell()).to.deep.equal([]);
    await bench.clock.advance(5 * MINUTE);
    expect(await bench.lookAndTell()).to.deep.equal(['MQI: 1 failed, 1 completed']);
  });

  it('gets no more messages in an hour than its limit; the rest is told in one, and none is lost', async () => {
    await fresh({ maxPerHour: 1 });
    for (const id of ['c1', 'c2', 'c3']) {
      bench.move(id, 'fail');
      await bench.lookAndTell();
    }
    expect(await bench.tell()).to.deep.equal(['MQI: case c1 failed']);
    await bench.clock.advance(HOUR + 1);
    expect(await bench.tell()).to.deep.equal(['MQI: case c1 failed', 'MQI: 2 failed']);
  });

  it('that is told only of what lasts hears nothing of what was put right meanwhile', async () => {
    await fresh({ onlyAfterMinutes: 30 });
    bench.move('c1', 'hold', { heldBecause: 'the disk is full' });
    bench.move('c2', 'hold', { heldBecause: 'the disk is full' });
    bench.disk.free = 0;
    expect(await bench.lookAndTell()).to.deep.equal([]);
    await bench.clock.advance(10 * MINUTE);
    bench.tables.cases.set('c1', { ...bench.tables.cases.get('c1')!, heldBecause: null });
    await bench.clock.advance(20 * MINUTE);
    expect(await bench.lookAndTell()).to.deep.equal(['MQI: 1 held, 1 disk-low']);
    expect(bench.store.rows.map(({ state }) => state)).to.deep.equal(['dropped', 'sent', 'sent']);
  });
});
