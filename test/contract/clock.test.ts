import { expect } from 'chai';
import { SystemClock } from '../../src/adapters/system-clock/system-clock.js';
import type { Clock } from '../../src/ports/clock.js';
import { FakeClock } from '../fakes/fake-clock.js';

/** A timer and the time of day count whole milliseconds, each from an instant of its own. */
const ROUNDED_MS = 2;

interface Specimen {
  readonly clock: Clock;
  /** Lets this much time pass, really or virtually. */
  readonly pass: (ms: number) => Promise<void>;
}

const real = (): Specimen => ({
  clock: new SystemClock(),
  pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
});

const virtual = (): Specimen => {
  const clock = new FakeClock();
  return { clock, pass: (ms) => clock.advance(ms) };
};

for (const [name, specimen] of [
  ['the system clock', real],
  ['the virtual clock of the tests', virtual],
] as const) {
  describe(`clock contract: ${name}`, () => {
    it('wakes a sleeper once the time has passed, and not before', async () => {
      const { clock, pass } = specimen();
      let woke = false;
      const sleeping = clock.sleep(60).then(() => (woke = true));
      await pass(5);
      expect(woke).to.equal(false);
      await pass(100);
      expect(woke).to.equal(true);
      await sleeping;
    });

    it('wakes a sleeper at once when the signal aborts, without an error', async () => {
      const { clock } = specimen();
      const abort = new AbortController();
      const sleeping = clock.sleep(3_600_000, abort.signal);
      abort.abort();
      await sleeping;
      await clock.sleep(3_600_000, abort.signal);
    });

    it('does not wait for nothing', async () => {
      await specimen().clock.sleep(0);
      await specimen().clock.sleep(-5);
    });

    it('measures passing time the same on both of its faces', async () => {
      const { clock, pass } = specimen();
      // The one face between two looks at the other: how long the machine holds us up in between does not matter then.
      const look = () => ({ before: clock.monotonicMs(), at: clock.now(), after: clock.monotonicMs() });
      const from = look();
      await pass(50);
      const to = look();
      const [least, most] = [to.before - from.after, to.after - from.before];
      expect(least).to.be.least(50 - ROUNDED_MS);
      expect(to.at - from.at).to.be.within(least - ROUNDED_MS, most + ROUNDED_MS);
    });
  });
}

describe('system clock', () => {
  it('sleeps longer than a timer can count', async () => {
    const abort = new AbortController();
    let woke = false;
    const sleeping = new SystemClock().sleep(2 ** 31 + 1000, abort.signal).then(() => (woke = true));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(woke).to.equal(false);
    abort.abort();
    await sleeping;
  });
});

describe('virtual clock', () => {
  it('turns a loop of short sleeps as often as real time would', async () => {
    const clock = new FakeClock();
    const abort = new AbortController();
    const turns: number[] = [];
    const loop = (async () => {
      while (!abort.signal.aborted) {
        await clock.sleep(1000, abort.signal);
        turns.push(clock.monotonicMs());
      }
    })();
    await clock.advance(3500);
    expect(turns).to.deep.equal([1000, 2000, 3000]);
    abort.abort();
    await loop;
  });
});
