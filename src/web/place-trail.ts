import type { CaseQueries } from '../ports/case-queries.js';
import type { Clock } from '../ports/clock.js';
import type { PlaceTrailView } from '../workflow/place-trail-view.js';

const EVERY_MS = 10_000;
/** An hour. */
const SAMPLES = 360;

interface Sample {
  readonly at: number;
  readonly seen: ReadonlyMap<string, readonly [number | null, number | null, number | null]>;
}

/**
 * How GPUs were used lately, from what the database says of them, every ten seconds. Lives in memory, an hour long: a few
 * kilobytes for each GPU. CPU places tell nothing and are left out. One look at a time: the next is armed when it has ended.
 */
export class PlaceTrail {
  #samples: readonly Sample[] = [];
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;

  constructor(
    private readonly queries: Pick<CaseQueries, 'resources'>,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly failed: (thrown: unknown) => void,
    private readonly everyMs = EVERY_MS,
  ) {}

  start(): void {
    void this.#look();
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  view(): PlaceTrailView {
    const ids = new Set(this.#samples.flatMap(({ seen }) => [...seen.keys()]));
    const series = (id: string, figure: 0 | 1 | 2): (number | null)[] =>
      this.#samples.map(({ seen }) => seen.get(id)?.[figure] ?? null);
    return {
      at: this.#samples.map(({ at }) => Math.round(at / 1000)),
      places: [...ids].sort().map((id) => ({
        id,
        memoryUsedMiB: series(id, 0),
        temperatureC: series(id, 1),
        utilisationPercent: series(id, 2),
      })),
    };
  }

  async #look(): Promise<void> {
    try {
      const places = await this.queries.resources();
      const gpus = places.filter(({ resource }) => resource.kind === 'gpu');
      const seen = new Map(
        gpus.map(({ resource: { id, memoryUsedMiB, temperatureC, utilisationPercent } }) => [
          id,
          [memoryUsedMiB, temperatureC, utilisationPercent] as const,
        ]),
      );
      this.#samples = [...this.#samples, { at: this.clock.now(), seen }].slice(-SAMPLES);
    } catch (thrown) {
      // A gap in the trail; the next look tries again.
      this.failed(thrown);
    }
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.#look(), this.everyMs).unref();
  }
}
