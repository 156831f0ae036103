import { toCaseError } from '../../domain/errors.js';
import type { SeenResource } from '../../domain/resource.js';
import type { GpuFinder } from '../../ports/gpu-finder.js';
import type { Logger } from '../../ports/logger.js';

/**
 * The places of all hosts, looked at side by side. A host that cannot be asked keeps the places it had, with nothing known of
 * them: they are not given to anybody, and the jobs there are not taken for lost, since nothing says that they are.
 */
export class AllHostsGpuFinder implements GpuFinder {
  readonly #last = new Map<string, readonly SeenResource[]>();
  readonly #silent = new Set<string>();

  constructor(
    private readonly finders: ReadonlyMap<string, GpuFinder>,
    private readonly log: Logger,
  ) {}

  /** Throws what the only host, or the first one, says when none of them was ever seen. */
  async find(): Promise<readonly SeenResource[]> {
    const looks = await Promise.allSettled([...this.finders].map(([host, finder]) => this.#look(host, finder)));
    const seen = looks.flatMap((look) => (look.status === 'fulfilled' ? look.value : []));
    const failed = looks.find((look) => look.status === 'rejected');
    if (seen.length === 0 && failed !== undefined) throw failed.reason;
    return seen;
  }

  async #look(host: string, finder: GpuFinder): Promise<readonly SeenResource[]> {
    try {
      const places = await finder.find();
      if (this.#silent.delete(host)) this.log.info('a host can be looked at again', { host });
      this.#last.set(host, places);
      return places;
    } catch (thrown) {
      const { code, severity, remedy } = toCaseError(thrown);
      if (!this.#silent.has(host))
        this.log.error('a host cannot be looked at', { host, code, severity, remedy }, thrown);
      this.#silent.add(host);
      const known = this.#last.get(host);
      if (known === undefined) throw thrown;
      return known.map(unknown);
    }
  }
}

/** Null is never taken for idle. */
const unknown = (place: SeenResource): SeenResource => ({
  ...place,
  memoryUsedMiB: null,
  utilisationPercent: null,
  temperatureC: null,
  clockMHz: null,
  processes: null,
});
