import { expect } from 'chai';
import { isArriving, recalled, remembered, unseen, type KnownFolder } from '../../../src/domain/intake-folder.js';
import { changed, decide, found, taken, walked, type Settling, type Snapshot } from '../../../src/domain/settling.js';

const QUIET = { quietMs: 10_000, byMarker: false };
const MARKED = { quietMs: 10_000, byMarker: true };
/** Wall time at which the monotonic clock of the first service read zero. */
const ORIGIN = 1_760_000_000_000;

const sight = (content: string, marker: string | null = null): Snapshot => ({
  fingerprint: content,
  activity: content,
  files: 3,
  bytes: 30,
  marker: marker === null ? null : { id: marker, isNewest: true, lacking: 0, isWhole: true },
});
const arriving = (settling: Settling, offered: string | null = null): KnownFolder => ({ settling, offered });
const row = (known: KnownFolder) => remembered({ inbox: '', folder: 'lung' }, known, ORIGIN);
/** What a service that starts at `now` knows of a folder that the one before knew so. */
const restarted = (known: KnownFolder, now: number, origin = ORIGIN): KnownFolder => recalled(row(known), now, origin);

const halfWay = arriving(walked(found(1_000), sight('a'), 1_000));

describe('a folder remembered over a restart', () => {
  it('goes on with its quiet time, the time without a service included, if its content is still the same', () => {
    const { settling } = restarted(halfWay, 8_000);
    const again = walked(settling, sight('a'), 8_000);
    expect(decide(again, QUIET)).to.deep.equal({ do: 'look', at: 11_000 });
    expect(decide(walked(again, sight('a'), 11_000), QUIET)).to.deep.equal({ do: 'settle' });
  });

  it('settles with the first look after a restart that took longer than the quiet time, and not without one', () => {
    const { settling } = restarted(halfWay, 60_000);
    expect(decide(settling, QUIET).do).to.equal('look');
    expect(decide(walked(settling, sight('a'), 60_000), QUIET)).to.deep.equal({ do: 'settle' });
  });

  it('waits the whole quiet time anew if its content changed meanwhile', () => {
    const again = walked(restarted(halfWay, 60_000).settling, sight('b'), 60_000);
    expect(decide(again, QUIET)).to.deep.equal({ do: 'look', at: 70_000 });
  });

  it('waits anew if something had changed since it was last walked', () => {
    const moving = arriving(changed(halfWay.settling, 5_000));
    expect(row(moving)).to.include({ isArriving: true, seen: null, files: 3, lastChangeAt: ORIGIN + 5_000 });
    const again = walked(restarted(moving, 60_000).settling, sight('a'), 60_000);
    expect(decide(again, QUIET)).to.deep.equal({ do: 'look', at: 70_000 });
  });

  for (const [what, now, origin] of [
    ['the machine was started anew', 500, ORIGIN + 3_600_000],
    ['the clock was set forward', 8_000, ORIGIN + 86_400_000],
    ['the clock was set back', 8_000, ORIGIN - 86_400_000],
    ['its last change would lie ahead', 500, ORIGIN],
  ] as const) {
    it(`waits anew if ${what}`, () => {
      const again = walked(restarted(halfWay, now, origin).settling, sight('a'), now);
      expect(decide(again, QUIET)).to.deep.equal({ do: 'look', at: now + 10_000 });
    });
  }

  it('is known as taken, whatever the clock says, and a change found later is waited for', () => {
    const known = arriving(taken(halfWay.settling), 'a');
    expect(row(known)).to.include({ isArriving: false, takenFingerprint: 'a', files: 3, bytes: 30 });
    const again = restarted(known, 500, 0);
    expect(isArriving(again)).to.equal(false);
    expect(isArriving({ ...again, settling: walked(again.settling, sight('a'), 900) })).to.equal(false);
    const grown = { ...again, settling: walked(again.settling, sight('b'), 900) };
    expect(isArriving(grown)).to.equal(true);
    expect(decide(grown.settling, QUIET)).to.deep.equal({ do: 'look', at: 10_900 });
  });

  it('keeps the marker that was obeyed: content that changes under it is waited for, a new marker speaks', () => {
    const marked = walked(found(0), sight('a', '5'), 0);
    const again = restarted(arriving(taken(marked), 'a'), 1_000);
    const withMarker = (content: string, marker: string): Settling =>
      [1_000, 2_000, 3_000].reduce(
        (settling, at) => walked(settling, sight(content, at === 1_000 ? null : marker), at),
        again.settling,
      );
    expect(decide(walked(again.settling, sight('b', '5'), 1_000), MARKED).do).to.equal('look');
    expect(decide(withMarker('b', '6'), MARKED).do).to.equal('settle');
    // It came last after content that was taken already: that says nothing of what may still come.
    expect(decide(withMarker('a', '6'), MARKED).do).to.equal('look');
  });

  it('knows which content was taken while another is on its way', () => {
    const again = restarted(arriving(walked(halfWay.settling, sight('b'), 2_000), 'a'), 3_000);
    expect(again.offered).to.equal('a');
    expect(isArriving({ ...again, settling: walked(again.settling, sight('a'), 3_000) })).to.equal(false);
  });

  it('counts as open until it was seen where everything is to be looked at', () => {
    const known = arriving(taken(halfWay.settling), 'a');
    const again = unseen(restarted(known, 2_000), 2_000);
    expect(isArriving(again)).to.equal(true);
    expect(isArriving({ ...again, settling: walked(again.settling, sight('a'), 2_000) })).to.equal(false);
  });
});
