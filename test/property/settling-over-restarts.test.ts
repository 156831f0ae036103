import fc from 'fast-check';
import { expect } from 'chai';
import {
  isArriving,
  recalled,
  remembered,
  type IntakeFolder,
  type KnownFolder,
} from '../../src/domain/intake-folder.js';
import { changed, decide, found, taken, walked } from '../../src/domain/settling.js';

const QUIET_MS = 1_000;
const RULES = { quietMs: QUIET_MS, byMarker: false };

/** One thing that happens, `after` so many ms. */
const happening = fc.record({
  after: fc.nat(700),
  what: fc.constantFrom('write', 'look', 'look', 'look', 'stop or start', 'the clock is set'),
  byMs: fc.integer({ min: -5_000, max: 5_000 }),
});

/** A folder, the service that watches it, and the database. Monotonic time; the machine is never started anew. */
class Story {
  #now = 0;
  #origin = 1_760_000_000_000;
  #content = 0;
  #writtenAt = 0;
  #known: KnownFolder = { settling: found(0), offered: null };
  /** While no service runs. */
  #row: IntakeFolder | null = null;
  readonly taken: { readonly content: number; readonly quietFor: number }[] = [];

  constructor(private readonly hasEvents: boolean) {}

  tell({ after, what, byMs }: { readonly after: number; readonly what: string; readonly byMs: number }): void {
    this.#now += after;
    if (what === 'write') this.#write();
    else if (what === 'look') this.look();
    else if (what === 'the clock is set') this.#origin += byMs;
    else if (this.#row === null) this.#stop();
    else this.start();
  }

  /** Nobody hears of what happens while no service runs. */
  #write(): void {
    this.#content += 1;
    this.#writtenAt = this.#now;
    if (!this.hasEvents || this.#row !== null) return;
    this.#known = { ...this.#known, settling: changed(this.#known.settling, this.#now) };
  }

  /** As WatchedFolder does. */
  look(): void {
    if (this.#row !== null) return;
    const fingerprint = String(this.#content);
    const seen = { fingerprint, activity: fingerprint, files: 1, bytes: 1, marker: null };
    const settling = walked(this.#known.settling, seen, this.#now);
    this.#known = { ...this.#known, settling };
    if (fingerprint === this.#known.offered || decide(settling, RULES).do !== 'settle') return;
    this.taken.push({ content: this.#content, quietFor: this.#now - this.#writtenAt });
    this.#known = { settling: taken(settling), offered: fingerprint };
  }

  #stop(): void {
    this.#row = remembered({ inbox: '', folder: 'lung' }, this.#known, this.#origin);
  }

  start(): void {
    if (this.#row !== null) this.#known = recalled(this.#row, this.#now, this.#origin);
    this.#row = null;
  }

  pass(ms: number): void {
    this.#now += ms;
  }

  get isTaken(): boolean {
    return !isArriving(this.#known) && this.taken.at(-1)?.content === this.#content;
  }
}

describe('settling over restarts', () => {
  it('takes nothing before it was quiet for the quiet time, takes no content twice, and takes the last one', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(happening, { maxLength: 40 }), (hasEvents, happenings) => {
        const story = new Story(hasEvents);
        for (const each of happenings) story.tell(each);
        story.start();
        for (let looks = 0; looks < 3; looks += 1) {
          story.look();
          story.pass(QUIET_MS);
        }
        for (const { quietFor } of story.taken) expect(quietFor).to.be.at.least(QUIET_MS);
        expect(new Set(story.taken.map(({ content }) => content)).size).to.equal(story.taken.length);
        expect(story.isTaken).to.equal(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
