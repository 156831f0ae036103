import { toCaseError, transient, type CaseError } from '../../domain/errors.js';
import type { SeenResource } from '../../domain/resource.js';
import type { Clock } from '../../ports/clock.js';
import type { HostPlaces } from '../../ports/gpu-finder.js';
import { placeWithoutGpu } from '../../domain/place-without-gpu.js';

/** A look comes every second while a beam waits; Slurm is not asked as often. */
const ASK_AGAIN_MS = 5_000;
/** The first look waits so long for an answer: a controller that hangs takes 10 s and more. */
const FIRST_ANSWER_MS = 4_000;

/**
 * So many jobs as Slurm may be given at a time (execution.slurm.maxJobs). Which GPU of which node a job gets is Slurm's own
 * business, and so is whether it is free; but while its controller does not answer, nobody knows of any.
 *
 * It is asked beside the looks, which go by its last answer: only the first waits for one.
 */
export class SlurmPlaces implements HostPlaces {
  #asking: Promise<void> | null = null;
  #askedAtMs = -Infinity;
  /** Null before the first; a first one that is late is taken for none. */
  #answer: { readonly silent: CaseError | null } | null = null;

  /** @param ready rejects while Slurm takes no jobs: transient or operator `host.*` where it, or its host, does not answer */
  constructor(
    private readonly host: string,
    private readonly maxJobs: number,
    private readonly clock: Clock,
    private readonly ready: () => Promise<void>,
  ) {}

  /** @throws what `ready` says where nobody answers */
  async find(): Promise<readonly SeenResource[]> {
    await this.#ask();
    const late = transient('host.unreachable', `Slurm on host ${this.host} does not answer`);
    const { silent } = (this.#answer ??= { silent: late });
    if (silent !== null) throw silent;
    const seenAt = this.clock.now();
    return Array.from({ length: this.maxJobs }, (_, index) => {
      const name = `Slurm job ${String(index + 1)} of ${String(this.maxJobs)}`;
      return placeWithoutGpu(this.host, `slurm-${String(index)}`, name, seenAt);
    });
  }

  async #ask(): Promise<void> {
    if (this.#asking === null && this.clock.monotonicMs() - this.#askedAtMs >= ASK_AGAIN_MS) {
      this.#asking = this.#askOnce();
    }
    if (this.#asking === null || this.#answer !== null) return;
    const answered = new AbortController();
    const late = this.clock.sleep(FIRST_ANSWER_MS, answered.signal).catch(() => undefined);
    await Promise.race([this.#asking, late]);
    answered.abort();
  }

  /** Never rejects. What is wrong with its commands is said by the first beam that is given to it, which is held for it. */
  async #askOnce(): Promise<void> {
    try {
      await this.ready();
      this.#answer = { silent: null };
    } catch (thrown) {
      const error = toCaseError(thrown);
      this.#answer = { silent: error.code.startsWith('host.') ? error : null };
    }
    this.#askedAtMs = this.clock.monotonicMs();
    this.#asking = null;
  }
}
