import { expect } from 'chai';
import { loopAlarm, LoopWatch } from '../../../src/workflow/loop-watch.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { FakeLogger } from '../../fakes/fake-logger.js';

describe('the watch on the event loop', () => {
  it('speaks up at the third long delay in a row, once, and again when it comes back', () => {
    const isHeldUp = loopAlarm();
    const delaysMs = [150, 20, 150, 150, 150, 150, 30, 101, 102, 103];
    expect(delaysMs.map((delayMs) => isHeldUp(delayMs))).to.deep.equal([
      false,
      false,
      false,
      false,
      true,
      false,
      false,
      false,
      false,
      true,
    ]);
  });

  it('ends with the service', async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const running = new LoopWatch(clock, new FakeLogger()).run(stop.signal);
    await clock.advance(1_000);
    stop.abort(new Error('the service stops'));
    await running;
  });
});
