import { expect } from 'chai';
import fc from 'fast-check';
import { OutagePlay } from './outage-play.js';

const MINUTE = 60_000;

describe('an outage of an upload target', () => {
  it('costs 120 waiting cases no retry, the target a handful of attempts, and other targets nothing', async function () {
    this.timeout(60_000);
    const play = new OutagePlay({ concurrency: 4, ratePerMinute: null, takesMs: 200 });
    play.away(true);
    await play.drop(120);
    play.start();
    await play.clock.advance(10 * MINUTE);
    expect(play.outbox.stored.size).to.equal(240);
    expect(play.count('failed')).to.equal(0);
    // Those that were under way when it went down, then one at a time with growing delay.
    expect(play.pacs.attempts).to.be.within(5, 24);
    expect(play.pacs.mostInside).to.be.at.most(4);
    const { waitingFor, attempt } = play.tables.cases.get('case0119')!;
    expect([waitingFor, attempt]).to.deep.equal(['target pacs (cannot be reached)', 0]);
    play.away(false);
    expect(await play.until(() => play.state?.state === 'working', 1_000, 11 * MINUTE)).to.be.at.most(61_000);
    // 240 objects of 200 ms, four at once: 12 s, and what waking costs.
    expect(await play.until(() => play.count('completed') === 120, 1_000, 5 * MINUTE)).to.be.at.most(18_000);
    expect(play.pacs.mostInside).to.be.at.most(4);
    expect(play.lostOrDoubled()).to.deep.equal([]);
    await play.stop();
  });

  it('is drained no faster than the rate that the target was given', async function () {
    this.timeout(60_000);
    const play = new OutagePlay({ concurrency: 4, ratePerMinute: 60, takesMs: 10 });
    play.away(true);
    await play.drop(60);
    play.start();
    await play.clock.advance(2 * MINUTE);
    play.away(false);
    await play.until(() => play.state?.state === 'working', 1_000, 11 * MINUTE);
    const drainedMs = await play.until(() => play.count('completed') === 60, 1_000, 10 * MINUTE);
    expect(drainedMs).to.be.within(115_000, 135_000);
    await play.stop();
  });

  it('does not end with a restart, and a service that is started again and again does not hammer the target', async () => {
    const play = new OutagePlay({ concurrency: 2, ratePerMinute: null, takesMs: 10 });
    play.away(true);
    await play.drop(20);
    for (let n = 0; n < 10; n += 1) {
      play.start();
      await play.clock.advance(10_000);
      await play.stop();
    }
    // 5 min: two at first, then probes only, with delays of 5, 10, 20, 40 and then 60 s, of each 50 to 100 %, by chance: at
    // most 12. A service that forgot it at each start would make 30 and more.
    expect(play.pacs.attempts).to.be.at.most(2 + 12);
    play.away(false);
    play.start();
    expect(await play.until(() => play.count('completed') === 20, 1_000, 11 * MINUTE)).to.be.below(11 * MINUTE);
    await play.stop();
  });

  it('lets the case be completed where the target is optional, and delivers to it afterwards by itself', async () => {
    const play = new OutagePlay({ concurrency: 2, ratePerMinute: null, takesMs: 10, optional: true });
    play.away(true);
    await play.drop(9);
    play.start();
    expect(await play.until(() => play.count('completed') === 9, 100, MINUTE)).to.be.below(MINUTE);
    expect(play.pacs.stored.size).to.equal(0);
    await play.clock.advance(5 * MINUTE);
    play.away(false);
    await play.until(() => play.pacs.stored.size === 18, 1_000, 11 * MINUTE);
    await play.clock.advance(1_000);
    expect(play.lostOrDoubled()).to.deep.equal([]);
    expect([...play.tables.uploads.values()].every(({ state }) => state === 'delivered')).to.equal(true);
    await play.stop();
  });

  it('takes one attempt as the answer to all that was asked before it: asking for many cases is no storm', async () => {
    const play = new OutagePlay({ concurrency: 2, ratePerMinute: null, takesMs: 10, optional: true });
    play.away(true);
    await play.drop(40);
    play.start();
    await play.until(() => play.count('completed') === 40, 100, MINUTE);
    await play.clock.advance(5 * MINUTE);
    const before = play.pacs.attempts;
    for (const [key, row] of play.tables.uploads) {
      if (row.target === 'pacs') play.tables.uploads.set(key, { ...row, againSince: play.clock.now() });
    }
    await play.clock.advance(10_000);
    // One that was asked for, and perhaps the probe that was due by itself.
    expect(play.pacs.attempts - before).to.be.within(1, 2);
    await play.stop();
  });

  it('never loses or doubles an object nor fails a case, however it comes and goes and whenever the service restarts', async function () {
    this.timeout(120_000);
    const moment = fc.record({
      away: fc.boolean(),
      drop: fc.nat(3),
      restart: fc.nat(5).map((n) => n === 0),
      forMs: fc.integer({ min: 50, max: 90_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(moment, { maxLength: 12 }), fc.boolean(), async (moments, optional) => {
        const processing = { maxRetries: 3, retryDelaySeconds: 1, retryDelayCapSeconds: 30 };
        const play = new OutagePlay({
          concurrency: 2,
          ratePerMinute: null,
          takesMs: 40,
          optional,
          processing,
        });
        play.start();
        for (const { away, drop, restart, forMs } of moments) {
          play.away(away);
          await play.drop(drop);
          if (restart) {
            await play.stop();
            play.start();
          }
          await play.clock.advance(forMs);
        }
        play.away(false);
        const all = play.tables.cases.size;
        const isDone = (): boolean => play.pacs.stored.size === 2 * all && play.count('completed') === all;
        await play.until(isDone, 1_000, 5 * MINUTE);
        await play.clock.advance(1_000);
        await play.stop();
        expect(play.count('completed')).to.equal(all);
        expect(play.lostOrDoubled()).to.deep.equal([]);
      }),
      { numRuns: 150 },
    );
  });
});
