import type { CaseQueries, CaseRow } from '../ports/case-queries.js';

/** Cases looked at for changes: what a page shows. */
const WATCHED_CASES = 500;
/** At most two looks a second, however many clients there are and however often `look` is called. */
const BETWEEN_LOOKS_MS = 500;

/** Ids of the cases that changed, appeared or went; none when only the folders that arrive have changed. */
export interface ChangeNotice {
  readonly cases: readonly string[];
}
export type Listener = (notice: ChangeNotice) => void;

/**
 * Tells its listeners which cases changed, by comparing what the read-only queries give. Looks only while somebody listens.
 * One look at a time: `#looking` is set for the whole of it, and the timer for the next is armed when it has ended.
 */
export class ChangeNotices {
  readonly #listeners = new Set<Listener>();
  #seen: ReadonlyMap<string, string> | null = null;
  #arriving = '';
  #timer: NodeJS.Timeout | null = null;
  #looking = false;
  #lastLookAt = -Infinity;

  constructor(
    private readonly queries: Pick<CaseQueries, 'list' | 'arriving'>,
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
    try {
      const now = fingerprints(await this.queries.list({ limit: WATCHED_CASES }));
      const arriving = JSON.stringify(await this.queries.arriving());
      const before = this.#seen;
      const arrives = before !== null && arriving !== this.#arriving;
      this.#seen = now;
      this.#arriving = arriving;
      const cases = before === null ? [] : differences(before, now);
      if (cases.length > 0 || arrives) for (const listener of [...this.#listeners]) listener({ cases });
    } catch (thrown) {
      // The next look tries again; clients keep what they have.
      this.failed(thrown);
    } finally {
      this.#lastLookAt = performance.now();
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
  }
}

function fingerprints(rows: readonly CaseRow[]): ReadonlyMap<string, string> {
  return new Map(
    rows.map(({ kase, beamsDone }) => [
      kase.id,
      [kase.version, kase.progress, beamsDone, kase.updatedAt, kase.leaseOwner !== null].join(' '),
    ]),
  );
}

function differences(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): string[] {
  const ids = new Set([...before.keys(), ...now.keys()]);
  return [...ids].filter((id) => before.get(id) !== now.get(id));
}
