import { expect } from 'chai';
import { changed, decide, found, taken, walked, type Settling, type Snapshot } from '../../../src/domain/settling.js';

const QUIET = { quietMs: 10_000, byMarker: false };
const MARKED = { quietMs: 10_000, byMarker: true };

const sight = (content: string, marker: string | null = null): Snapshot => ({
  fingerprint: content,
  activity: content,
  files: 1,
  bytes: 1,
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

describe('when a dropped folder with a ready marker is settled', () => {
  const seen = (marker: string | null, content: string, at: number, before = found(0)): Settling =>
    walked(before, sight(content, marker), at);

  it('never, while the marker is not there', () => {
    expect(decide(seen(null, 'a', 90_000, seen(null, 'a', 0)), MARKED)).to.deep.equal({ do: 'look', at: null });
  });

  it('at once when the marker is there', () => {
    expect(decide(seen('1', 'a', 0), MARKED)).to.deep.equal({ do: 'settle' });
  });

  it('only after the quiet time when content changes under a marker that was obeyed already', () => {
    const before = taken(seen('1', 'a', 0));
    const half = seen('1', 'b', 50_000, before);
    expect(decide(half, MARKED)).to.deep.equal({ do: 'look', at: 60_000 });
    expect(decide(seen('1', 'b', 60_000, half), MARKED)).to.deep.equal({ do: 'settle' });
  });

  it('at once again when the marker is renewed', () => {
    expect(decide(seen('2', 'b', 50_000, taken(seen('1', 'a', 0))), MARKED)).to.deep.equal({ do: 'settle' });
  });
});
