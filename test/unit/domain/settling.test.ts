import { expect } from 'chai';
import { changed, decide, found, LACKING_MS, taken, walked } from '../../../src/domain/settling.js';
import type { MarkerSeen, Settling, Snapshot } from '../../../src/domain/settling.js';

const QUIET = { quietMs: 10_000, byMarker: false };
const MARKED = { quietMs: 10_000, byMarker: true };

const sight = (content: string, marker: MarkerSeen | null = null): Snapshot => ({
  fingerprint: content,
  activity: content,
  files: content === '' ? 0 : 1,
  bytes: content.length,
  marker,
});

/** Tells a folder's story: `+NAME at` a walk that saw NAME, `! at` an event. */
function after(...story: (readonly ['walk', string, number] | readonly ['event', number])[]): Settling {
  return story.reduce(
    (settling, step) => (step[0] === 'event' ? changed(settling, step[1]) : walked(settling, sight(step[1]), step[2])),
    found(0),
  );
}

describe('when a dropped folder is settled', () => {
  it('is looked at as soon as it is found', () => {
    expect(decide(found(5), QUIET)).to.deep.equal({ do: 'look', at: 5 });
  });

  it('settles when two walks a quiet time apart see the same', () => {
    expect(decide(after(['walk', 'a', 0]), QUIET)).to.deep.equal({ do: 'look', at: 10_000 });
    expect(decide(after(['walk', 'a', 0], ['walk', 'a', 9_999]), QUIET)).to.deep.equal({ do: 'look', at: 10_000 });
    expect(decide(after(['walk', 'a', 0], ['walk', 'a', 10_000]), QUIET)).to.deep.equal({ do: 'settle' });
  });

  it('does not settle on a single walk, however long after the last change', () => {
    expect(decide(after(['walk', 'a', 90_000]), QUIET)).to.deep.equal({ do: 'look', at: 100_000 });
  });

  it('waits the quiet time anew after a change that only a walk found', () => {
    const story = after(['walk', 'a', 0], ['walk', 'b', 10_000]);
    expect(decide(story, QUIET)).to.deep.equal({ do: 'look', at: 20_000 });
    expect(decide(walked(story, sight('b'), 20_000), QUIET)).to.deep.equal({ do: 'settle' });
  });

  it('counts from the event, not from the walk that saw what it announced', () => {
    const story = after(['walk', 'a', 0], ['event', 3_000], ['walk', 'b', 8_000]);
    expect(decide(story, QUIET)).to.deep.equal({ do: 'look', at: 13_000 });
    expect(decide(walked(story, sight('b'), 13_000), QUIET)).to.deep.equal({ do: 'settle' });
  });

  it('walks once half-way after an event, so that the last walk has one to agree with', () => {
    const story = after(['walk', 'a', 0], ['event', 3_000]);
    expect(decide(story, QUIET)).to.deep.equal({ do: 'look', at: 8_000 });
  });

  it('is not settled by a walk during which something changed', () => {
    const story = after(['walk', 'a', 0], ['event', 10_001], ['walk', 'a', 10_000]);
    expect(decide(story, QUIET).do).to.equal('look');
  });

  it('waits on a stalled copy as long as half-copied files still grow', () => {
    const growing = (size: string): Snapshot => ({ ...sight('a'), activity: size });
    const story = walked(walked(found(0), growing('1'), 0), growing('2'), 10_000);
    expect(decide(story, QUIET)).to.deep.equal({ do: 'look', at: 20_000 });
  });
});

const aMarker = (id: string, change: Partial<MarkerSeen> = {}): MarkerSeen => ({
  id,
  isNewest: true,
  lacking: 0,
  isWhole: true,
  ...change,
});

describe('when a dropped folder with a ready marker is settled', () => {
  /** A walk at that time that saw the marker, given whole or by its name, and the content. */
  const seen = (
    marker: string | MarkerSeen | null,
    content: string,
    at: number,
    before: Settling = found(0),
  ): Settling => walked(before, sight(content, typeof marker === 'string' ? aMarker(marker) : marker), at);
  const settles = { do: 'settle' };

  it('never, while the marker is not there', () => {
    expect(decide(seen(null, 'a', 90_000, seen(null, 'a', 0)), MARKED)).to.deep.equal({ do: 'look', at: null });
  });

  it('a second after the marker, without the quiet time, when the marker came after the data', () => {
    const last = seen('1', 'ab', 5_000, seen(null, 'a', 0));
    expect(decide(last, MARKED)).to.deep.equal({ do: 'look', at: 6_000 });
    expect(decide(seen('1', 'ab', 6_000, last), MARKED)).to.deep.equal(settles);
  });

  it('as soon after the marker when the copy had stalled for 20 minutes', () => {
    const stalled = seen(null, 'a', 1_200_000, seen(null, 'a', 0));
    const last = seen('1', 'a', 1_205_000, stalled);
    expect(decide(seen('1', 'a', 1_206_000, last), MARKED)).to.deep.equal(settles);
  });

  it('at once after the marker where there is no quiet time', () => {
    const last = seen('1', 'a', 5_000, seen(null, 'a', 0));
    expect(decide(seen('1', 'a', 5_001, last), { ...MARKED, quietMs: 0 })).to.deep.equal(settles);
  });

  it('after the quiet time when data still come a second after the marker', () => {
    const last = seen('1', 'a', 5_000, seen(null, 'a', 0));
    const grown = seen('1', 'ab', 6_000, last);
    expect(decide(grown, MARKED)).to.deep.equal({ do: 'look', at: 16_000 });
  });

  it('after the quiet time when the marker was there before the data', () => {
    const first = seen('1', 'a', 5_000, seen('1', '', 0));
    expect(decide(first, MARKED)).to.deep.equal({ do: 'look', at: 15_000 });
    expect(decide(seen('1', 'a', 15_000, first), MARKED)).to.deep.equal(settles);
  });

  it('after the quiet time when marker and data were found together: nobody saw which came last', () => {
    expect(decide(seen('1', 'a', 0), MARKED)).to.deep.equal({ do: 'look', at: 10_000 });
  });

  it('after the quiet time when a file is dated later than the marker, whatever the order in which they were seen', () => {
    const older = seen(aMarker('1', { isNewest: false }), 'ab', 5_000, seen(null, 'a', 0));
    expect(decide(older, MARKED)).to.deep.equal({ do: 'look', at: 15_000 });
  });

  it('never, while nothing but the marker is there', () => {
    const alone = seen('1', '', 0);
    expect(decide(seen('1', '', 90_000, alone), MARKED)).to.deep.equal({ do: 'look', at: null });
  });

  it('is looked at soon when an event says that something comes to the marker', () => {
    const alone = changed(seen('1', '', 0), 50_000);
    expect(decide(alone, MARKED)).to.deep.equal({ do: 'look', at: 55_000 });
  });

  it('waits for the files of the manifest, for ten minutes without any change', () => {
    const lacking = aMarker('1', { lacking: 3 });
    const before = seen(lacking, 'a', 0);
    expect(decide(seen(lacking, 'a', 120_000, before), MARKED)).to.deep.equal({ do: 'look', at: LACKING_MS });
    expect(decide(seen(lacking, 'a', LACKING_MS, before), MARKED)).to.deep.equal(settles);
    const whole = seen('1', 'abcd', 130_000, before);
    expect(decide(seen('1', 'abcd', 140_000, whole), MARKED)).to.deep.equal(settles);
  });

  it('takes no marker for the last word that is still being written', () => {
    const half = seen(aMarker('1', { isWhole: false }), 'a', 5_000, seen(null, 'a', 0));
    expect(decide(half, MARKED)).to.deep.equal({ do: 'look', at: 15_000 });
    const whole = seen('2', 'a', 5_500, half);
    expect(decide(whole, MARKED)).to.deep.equal({ do: 'look', at: 6_500 });
  });

  it('only after the quiet time when content changes under a marker that was obeyed already', () => {
    const before = taken(seen('1', 'a', 0));
    const half = seen('1', 'b', 50_000, before);
    expect(decide(half, MARKED)).to.deep.equal({ do: 'look', at: 60_000 });
    expect(decide(seen('1', 'b', 60_000, half), MARKED)).to.deep.equal(settles);
  });

  it('soon again when the marker is renewed after new content was seen, or taken away and put back', () => {
    const before = taken(seen('1', 'a', 0));
    const renewed = seen('2', 'bc', 60_000, seen('1', 'b', 50_000, before));
    expect(decide(renewed, MARKED)).to.deep.equal({ do: 'look', at: 61_000 });
    const putBack = seen('2', 'b', 60_000, seen(null, 'b', 50_000, before));
    expect(decide(putBack, MARKED)).to.deep.equal({ do: 'look', at: 61_000 });
  });

  it('only after the quiet time when the marker is renewed before new content comes', () => {
    const renewed = seen('2', 'b', 60_000, seen('2', 'a', 50_000, taken(seen('1', 'a', 0))));
    expect(decide(renewed, MARKED)).to.deep.equal({ do: 'look', at: 70_000 });
  });
});
