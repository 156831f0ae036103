import { awayWords, unseenPlace } from '../../domain/away.js';
import { toCaseError, transient, type CaseError } from '../../domain/errors.js';
import type { SeenResource } from '../../domain/resource.js';
import type { EpochMs } from '../../domain/time.js';
import type { Clock } from '../../ports/clock.js';
import type { GpuFinder, HostPlaces } from '../../ports/gpu-finder.js';
import type { Logger } from '../../ports/logger.js';

/** Where there are several hosts, no host keeps the others waiting for longer than this. */
const LONGEST_LOOK_MS = 5_000;

/** Told apart from any answer. */
const TOO_LATE = Symbol('too late');

/**
 * The places of all hosts, each looked at by itself. A host that cannot be asked keeps the places it had, with nothing known
 * of them: they are not given to anybody, and the jobs there are not taken for lost, since nothing says that they are. One
 * that was never seen shows one place that says why. A tool of GPUs that fails is no such thing: it is thrown, for its host.
 *
 * A look at one host that takes too long goes on alone and is joined by the next one; its late answer counts there.
 */
export class AllHostsGpuFinder implements GpuFinder {
  readonly #last = new Map<string, readonly SeenResource[]>();
  /** Hosts that do not answer, and since when. */
  readonly #silent = new Map<string, { readonly code: string; readonly since: EpochMs }>();
  readonly #under = new Map<string, Promise<readonly SeenResource[]>>();

  constructor(
    private readonly finders: ReadonlyMap<string, HostPlaces>,
    private readonly clock: Clock,
    private readonly log: Logger,
  ) {}

  get hosts(): readonly string[] {
    return [...this.finders.keys()];
  }

  /** Throws what the GPUs' tool of the only host, or of the first one, says when nothing is known of those asked. */
  async find(host?: string): Promise<readonly SeenResource[]> {
    const asked = [...this.finders].filter(([name]) => host === undefined || name === host);
    const looks = await Promise.allSettled(asked.map(([name, finder]) => this.#look(name, finder)));
    const seen = looks.flatMap((look) => (look.status === 'fulfilled' ? look.value : []));
    const failed = looks.find((look) => look.status === 'rejected');
    if (seen.length === 0 && failed !== undefined) throw failed.reason;
    return seen;
  }

  async #look(host: string, finder: HostPlaces): Promise<readonly SeenResource[]> {
    try {
      const places = await this.#inTime(host, finder);
      if (this.#silent.delete(host)) this.log.info('a host can be looked at again', { host });
      this.#last.set(host, places);
      return places;
    } catch (thrown) {
      const error = toCaseError(thrown);
      // The host answers where only the tool of its GPUs fails.
      if (!error.code.startsWith('host.')) throw error;
      return this.#unanswered(host, error);
    }
  }

  async #inTime(host: string, finder: HostPlaces): Promise<readonly SeenResource[]> {
    // One that was late before, and still is, is not waited for again.
    const longestMs = this.#silent.has(host) && this.#under.has(host) ? 0 : LONGEST_LOOK_MS;
    const looking = this.#under.get(host) ?? finder.find().finally(() => this.#under.delete(host));
    this.#under.set(host, looking);
    if (this.finders.size === 1) return looking;
    const answered = new AbortController();
    try {
      const late = this.clock.sleep(longestMs, answered.signal).then(
        () => TOO_LATE,
        () => TOO_LATE,
      );
      const first = await Promise.race([looking, late]);
      if (typeof first !== 'symbol') return first;
    } finally {
      answered.abort();
    }
    looking.catch(() => undefined); // the next look joins it, or asks anew
    throw transient('host.unreachable', `host ${host} cannot be reached: it does not answer`);
  }

  #unanswered(host: string, error: CaseError): readonly SeenResource[] {
    const { code, severity, remedy } = error;
    const before = this.#silent.get(host);
    // Another reason is news: a host that comes back with another key wants somebody, one that is off may not.
    const isNews = before?.code !== code;
    const since = isNews ? this.clock.now() : before.since;
    if (isNews) this.log.error('a host cannot be looked at', { host, code, severity, remedy }, error);
    this.#silent.set(host, { code, since });
    const away = awayWords(host, error.message, since);
    const known = this.#last.get(host);
    return known?.map((place) => ({ ...unknown(place), away })) ?? [unseenPlace(host, away, since)];
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
