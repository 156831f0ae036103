import { expect } from 'chai';
import { GuessGuard } from '../../../src/web/session/guess-guard.js';
import { FakeClock } from '../../fakes/fake-clock.js';

const MINUTE_MS = 60_000;

describe('how guesses at passwords are slowed down', () => {
  let clock: FakeClock;
  let guard: GuessGuard;
  beforeEach(() => {
    clock = new FakeClock();
    guard = new GuessGuard(clock);
  });
  const guess = (address = '10.0.0.1', account = 'adam'): number | null => guard.begin(address, account).waitMs;
  const guesses = (count: number, address?: string, account?: string): (number | null)[] =>
    Array.from({ length: count }, () => guess(address, account));

  it('five are free, the fifth is the last before a wait', () => {
    const lasts = Array.from({ length: 5 }, () => guard.begin('10.0.0.1', 'adam').isLast);
    expect(lasts).to.deep.equal([false, false, false, false, true]);
    expect(guess()).to.equal(30_000);
  });

  it('each further one doubles the wait, up to a quarter of an hour', async () => {
    guesses(5);
    const waits: (number | null)[] = [];
    for (let i = 0; i < 7; i += 1) {
      const wait = guess() ?? 0;
      waits.push(wait / 1000);
      await clock.advance(wait);
      expect(guess()).to.equal(null);
    }
    expect(waits).to.deep.equal([30, 60, 120, 240, 480, 900, 900]);
  });

  it('asking meanwhile makes the wait no longer', async () => {
    guesses(5);
    await clock.advance(29_000);
    expect(new Set(guesses(100))).to.deep.equal(new Set([1000]));
    await clock.advance(1000);
    expect(guess()).to.equal(null);
  });

  it('at ten a second for an hour, an address gets no more than a dozen looks', async () => {
    let looks = 0;
    for (let tenths = 0; tenths < 36_000; tenths += 1) {
      if (guess() === null) looks += 1;
      if (tenths % 10 === 0) await clock.advance(1000);
    }
    expect(looks).to.be.within(5, 12);
  });

  it('are forgotten after an hour without any', async () => {
    guesses(5);
    await clock.advance(60 * MINUTE_MS);
    expect(guesses(5)).to.deep.equal([null, null, null, null, null]);
  });

  it('of one address keep nobody from coming in from another', () => {
    guesses(50);
    expect(guess('10.0.0.2')).to.equal(null);
  });

  it('from everywhere leave each address one at an account under attack, and five at others', () => {
    for (let i = 0; i < 30; i += 1) guess(`10.1.0.${String(i)}`);
    expect(guesses(2, '10.9.0.1')).to.deep.equal([null, 30_000]);
    expect(guesses(5, '10.9.0.2', 'oskar')).to.deep.equal([null, null, null, null, null]);
  });

  it('that succeed take back the failures on that account from there', () => {
    guesses(3);
    guard.succeeded('10.0.0.1', 'adam');
    expect(guesses(5)).to.deep.equal([null, null, null, null, null]);
  });

  it('are not made afresh by logging in to an own account between them', () => {
    const looks: (number | null)[] = [];
    for (let i = 0; i < 10; i += 1) {
      looks.push(guess('10.0.0.1', 'adam'));
      if (guess('10.0.0.1', 'eve') === null) guard.succeeded('10.0.0.1', 'eve');
    }
    expect(looks.filter((wait) => wait === null).length).to.be.at.most(5);
  });

  it('count for the whole network of an IPv6 address, which one machine has all of', () => {
    for (let i = 0; i < 5; i += 1) guess(`2001:db8:1:2::${String(i)}`);
    expect(guess('2001:db8:1:2:ffff::1')).to.equal(30_000);
    expect(guess('2001:0db8:0001:0002:0:0:0:9%eth0')).to.equal(30_000);
    expect(guess('2001:db8:1:3::1')).to.equal(null);
    expect(guess('::1')).to.equal(null);
  });
});
