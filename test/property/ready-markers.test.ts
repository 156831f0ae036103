import { expect } from 'chai';
import fc from 'fast-check';
import { decodeMarker, readMarkerText, type MarkerText } from '../../src/domain/manifest.js';
import { decide, found, LACKING_MS, taken, walked, type Settling, type Snapshot } from '../../src/domain/settling.js';
import { mutate, TEXT_MUTATIONS } from '../fuzz/mutate.js';
import { Random } from '../fuzz/random.js';

const RULES = { quietMs: 10_000, byMarker: true };
const MARKER = 'marker';

/** Files in the order in which they are written, the marker among them, each after a pause. */
interface Sending {
  readonly order: readonly string[];
  readonly pausesMs: readonly number[];
  readonly hasManifest: boolean;
  /** Walks come so often. */
  readonly pollMs: number;
  /** The copy keeps the dates of its source: the marker seems to be the newest from the beginning. */
  readonly keepsDates: boolean;
}

const sending = (pauseMs: fc.Arbitrary<number>, order: (files: string[]) => string[]): fc.Arbitrary<Sending> =>
  fc.integer({ min: 1, max: 6 }).chain((count) =>
    fc.record({
      order: fc.constant(order(Array.from({ length: count }, (_, i) => `f${String(i)}`))),
      pausesMs: fc.array(pauseMs, { minLength: count + 1, maxLength: count + 1 }),
      hasManifest: fc.boolean(),
      pollMs: fc.integer({ min: 1_000, max: 5_000 }),
      keepsDates: fc.boolean(),
    }),
  );

interface Told {
  /** What was taken, as numbers of files, and when. */
  readonly takings: readonly { readonly files: number; readonly at: number }[];
  readonly doneAt: number;
}

/** The folder as it lies there at that time. */
function sight({ order, hasManifest, keepsDates }: Sending, writtenAt: readonly number[], at: number): Snapshot {
  const there = order.filter((_, i) => (writtenAt[i] ?? Infinity) <= at);
  const files = there.filter((name) => name !== MARKER);
  const lacking = hasManifest ? order.length - 1 - files.length : 0;
  const isNewest = keepsDates || there.at(-1) === MARKER;
  const marker = there.includes(MARKER) ? { id: MARKER, isNewest, lacking, isWhole: true } : null;
  const content = files.join();
  return { fingerprint: content, activity: content, files: files.length, bytes: files.length, marker };
}

/** The sending as a watcher sees it that hears of no event, until an hour after its end. */
function tell(sent: Sending): Told {
  let time = 0;
  const writtenAt = sent.pausesMs.map((pause) => (time += pause));
  const takings: { files: number; at: number }[] = [];
  let settling: Settling = found(0);
  let offered: string | null = null;
  for (let at = 0, nextPoll = 0; at <= time + 3_600_000;) {
    const seen = sight(sent, writtenAt, at);
    settling = walked(settling, seen, at);
    if (seen.fingerprint !== offered && decide(settling, RULES).do === 'settle') {
      takings.push({ files: seen.files, at });
      offered = seen.fingerprint;
      settling = taken(settling);
    }
    if (at >= nextPoll) nextPoll = at + sent.pollMs;
    // Taken is taken: nothing changes any more.
    if (at > time && seen.fingerprint === offered) break;
    at = Math.min(nextPoll, seen.fingerprint === offered ? Infinity : timerAfter(at, settling));
  }
  return { takings, doneAt: time };
}

/** When the folder itself wants to be looked at again. */
function timerAfter(at: number, settling: Settling): number {
  const decision = decide(settling, RULES);
  const due = decision.do === 'look' ? decision.at : null;
  return due !== null && due > at ? due : Infinity;
}

const first = (files: string[]): string[] => [MARKER, ...files];
const last = (files: string[]): string[] => [...files, MARKER];
/** Shorter than the quiet time by more than a sweep. */
const steady = fc.integer({ min: 1, max: 4_900 });
const stalling = fc.integer({ min: 1, max: LACKING_MS - 6_000 });

describe('A folder with a ready marker, however it is sent', () => {
  it('is taken once and whole when the marker comes first and the copy never stops for the quiet time', () => {
    fc.assert(
      fc.property(sending(steady, first), (sent) => {
        const { takings, doneAt } = tell(sent);
        expect(takings.map(({ files }) => files)).to.deep.equal([sent.order.length - 1]);
        expect(takings[0]?.at).to.be.within(doneAt, doneAt + RULES.quietMs + 2 * sent.pollMs);
      }),
    );
  });

  it('is taken once and whole when the marker comes last, however long the copy stalls, and soon if that was seen', () => {
    fc.assert(
      fc.property(sending(fc.integer({ min: 1, max: 1_300_000 }), last), (sent) => {
        const { takings, doneAt } = tell(sent);
        expect(takings.map(({ files }) => files)).to.deep.equal([sent.order.length - 1]);
        const wasSeen = (sent.pausesMs.at(-1) ?? 0) > sent.pollMs;
        const soonMs = (wasSeen ? 1_000 : RULES.quietMs) + 2 * sent.pollMs;
        expect(takings[0]?.at).to.be.within(doneAt, doneAt + soonMs);
      }),
    );
  });

  it('is taken once and whole with a manifest that comes first, however often the copy stalls for less than ten minutes', () => {
    fc.assert(
      fc.property(sending(stalling, first), (sent) => {
        const { takings } = tell({ ...sent, hasManifest: true });
        expect(takings.map(({ files }) => files)).to.deep.equal([sent.order.length - 1]);
      }),
    );
  });

  it('is taken whole in the end, and never without a marker or empty, in whatever order it comes', () => {
    const anyOrder = sending(fc.integer({ min: 1, max: 1_300_000 }), last).chain((sent) =>
      fc.shuffledSubarray([...sent.order], { minLength: sent.order.length }).map((order) => ({ ...sent, order })),
    );
    fc.assert(
      fc.property(anyOrder, (sent) => {
        const { takings } = tell(sent);
        expect(takings.at(-1)?.files).to.equal(sent.order.length - 1);
        const markerAt = sent.pausesMs.slice(0, sent.order.indexOf(MARKER) + 1).reduce((sum, ms) => sum + ms, 0);
        for (const { files, at } of takings) {
          expect(files).to.be.greaterThan(0);
          expect(at).to.be.at.least(markerAt);
        }
      }),
    );
  });
});

describe('The text of a ready marker, wrong in every way', () => {
  const A = 'a'.repeat(64);
  const read = (bytes: Uint8Array): MarkerText => {
    const reading = readMarkerText(decodeMarker(bytes));
    for (;;) {
      const { done, value } = reading.next();
      if (done === true) return value;
    }
  };
  const isWithin = (path: string): boolean =>
    path !== '' &&
    !path.startsWith('/') &&
    !/^[a-z]:/i.test(path) &&
    !path.split('/').some((s) => s === '..' || s === '');

  it('gives a marker, a manifest of paths within the folder, or words, for 5000 mutated texts', () => {
    const seeds = SEED_TEXTS.map((text) => Buffer.from(text(A)));
    const random = new Random(11);
    const counts = { plain: 0, manifest: 0, damaged: 0 };
    for (let i = 0; i < 5_000; i += 1) {
      const marker = read(mutate(seeds, random, TEXT_MUTATIONS).bytes);
      counts[marker.kind] += 1;
      if (marker.kind === 'manifest') expect(marker.entries.every(({ path }) => isWithin(path))).to.equal(true);
      if (marker.kind === 'damaged') expect(marker.why).to.match(/^line \d+ [\w -]+$/);
    }
    // All must come about, or the mutations say nothing.
    expect(Math.min(...Object.values(counts))).to.be.above(100);
  });

  it('gives back every manifest that is written as sha256sum does, for any names', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
      .map((text) => `n${text.replace(/[\0/\uFFFD]/g, '_').replace(/\p{Cs}/gu, '_')}`.normalize('NFC'));
    const digest = fc.stringMatching(/^[0-9a-f]{64}$/);
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, digest), { selector: ([path]) => path, minLength: 1 }), (files) => {
        const lines = files.map(([path, sha256]) => {
          const written = path.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
          return `${written === path ? '' : '\\'}${sha256}  ${written}\n`;
        });
        const entries = files.filter(([path]) => isWithin(path)).map(([path, sha256]) => ({ path, sha256 }));
        fc.pre(entries.length === files.length);
        expect(read(Buffer.from(lines.join('')))).to.deep.equal({ kind: 'manifest', entries, isWhole: true });
      }),
    );
  });
});

const SEED_TEXTS: readonly ((hash: string) => string)[] = [
  (hash) => `${hash}  plan.dcm\n${hash} *ct/1.dcm\n`,
  (hash) => `\uFEFF# made by an export\r\n${hash} *.\\CT\\1.dcm\r\n`,
  (hash) => `${hash}  ../../etc/passwd\n${hash}  /abs\n`,
  (hash) => `\\${hash}  a\\\\b\\nc\n${hash}  d\n`,
  () => 'done at 2026-04-24\n',
];
