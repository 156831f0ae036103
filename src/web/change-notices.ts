import type { CaseLists, CaseMark } from '../ports/case-lists.js';
import type { CaseQueries } from '../ports/case-queries.js';

/**
 * A change is told within this and the time of a look, so that a page shows it in less than 300 ms. A look reads a few
 * columns of the cases under way and of those that just changed: a millisecond, at most five times a second, however many
 * clients there are.
 */
const BETWEEN_LOOKS_MS = 200;
/** Clocks of other processes that write (the command line, perhaps on another machine) may be behind ours by this. */
const CLOCKS_APART_MS = 5000;

/** Ids of the cases that changed, appeared or went; none when only the folders that arrive have changed. */
export interface ChangeNotice {
  readonly cases: readonly string[];
}
export type Listener = (notice: ChangeNotice) => void;

export interface ChangeSources {
  readonly lists: Pick<CaseLists, 'marks'>;
  readonly queries: Pick<CaseQueries, 'arriving'>;
}

type Marks = ReadonlyMap<string, CaseMark>;

/**
 * Tells its listeners which cases changed, by comparing what the read-only queries give. Looks only while somebody listens.
 * One look at a time: `#looking` is set for the whole of it, and the timer for the next is armed when it has ended.
 */
export class ChangeNotices {
  readonly #listeners = new Set<Listener>();
  #seen: Marks | null = null;
  /** Changes later than this are looked for, beside the cases under way. */
  #since = 0;
  #arriving = '';
  #timer: NodeJS.Timeout | null = null;
  #looking = false;
  #lastLookAt = -Infinity;

  constructor(
    private readonly sources: ChangeSources,
    private readonly failed: (thrown: unknown) => void,
    private readonly betweenLooksMs = BETWEEN_LOOKS_MS,
  ) {}

  get listeners(): number {
    return this.#listeners.size;
  }

  /** Returns the function that ends it. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    this.#arm();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#rest();
    };
  }

  /** Something may have changed: looks as soon as the last look is long enough ago. */
  changed(): void {
    this.#arm();
  }

  #arm(): void {
    if (this.#listeners.size === 0 || this.#looking || this.#timer !== null) return;
    const waitMs = this.#seen === null ? 0 : this.#lastLookAt + this.betweenLooksMs - performance.now();
    this.#timer = setTimeout(() => void this.#look(), Math.max(0, waitMs));
  }

  async #look(): Promise<void> {
    this.#timer = null;
    this.#looking = true;
    this.#lastLookAt = performance.now();
    try {
      const marks = await this.sources.lists.marks(this.#since);
      const arriving = JSON.stringify(await this.sources.queries.arriving());
      const before = this.#seen;
      const arrives = before !== null && arriving !== this.#arriving;
      const now = new Map(marks.map((mark) => [mark.id, mark]));
      this.#seen = now;
      this.#arriving = arriving;
      const cases = before === null ? [] : differences(before, now, this.#since);
      this.#since = Math.max(this.#since, ...marks.map(({ updatedAt }) => updatedAt - CLOCKS_APART_MS));
      const notice: ChangeNotice = { cases };
      if (cases.length > 0 || arrives) for (const listener of [...this.#listeners]) listener(notice);
    } catch (thrown) {
      // The next look tries again; clients keep what they have.
      this.failed(thrown);
    } finally {
      this.#looking = false;
      if (this.#listeners.size === 0) this.#rest();
      else this.#arm();
    }
  }

  /** Nobody listens: what the next listener has loaded itself is its starting point. */
  #rest(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#seen = null;
    this.#since = 0;
  }
}

/**
 * An ended case that is no longer among the marks has only become too old to be looked for; one that was under way, or
 * still is young enough, has gone.
 */
function differences(before: Marks, now: Marks, since: number): string[] {
  const changed = [...now.values()].filter(({ id, mark }) => before.get(id)?.mark !== mark);
  const gone = [...before.values()].filter(
    ({ id, isActive, updatedAt }) => !now.has(id) && (isActive || updatedAt >= since),
  );
  return [...changed, ...gone].map(({ id }) => id);
}
