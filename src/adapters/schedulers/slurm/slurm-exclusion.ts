import { CaseError } from '../../../domain/errors.js';
import type { Clock } from '../../../ports/clock.js';
import type { SlurmRecord } from './slurm-records.js';

/** No node that the job may go to is there, of those that it asked for. */
const NO_NODE = /ReqNodeNotAvail|nodes.required/i;
const NO_NODE_FOR_MS = 5 * 60_000;
/** As long as a node that failed is left out of what is submitted. */
const WAITS_FOR_MS = 60 * 60_000;
const AGAIN_MS = 30_000;

/**
 * For how long a waiting job leaves out the nodes that had failed when it was submitted. Slurm keeps that up for as long as
 * the job waits: where the other nodes are gone for good it would never run, though those that failed are back.
 */
export class SlurmExclusion {
  #waitsSinceMs: number | null = null;
  #noNodeSinceMs: number | null = null;
  #dueMs = -Infinity;

  /** @param lift lets the job go to all nodes; where it rejects with a transient error it is called again */
  constructor(
    private readonly clock: Clock,
    private readonly lift: () => Promise<void>,
  ) {}

  /** @param reason why Slurm has not started the job, in its own words */
  async whileWaiting({ reason }: Pick<SlurmRecord, 'reason'>): Promise<void> {
    const nowMs = this.clock.monotonicMs();
    this.#waitsSinceMs ??= nowMs;
    if (NO_NODE.test(reason)) this.#noNodeSinceMs ??= nowMs;
    else this.#noNodeSinceMs = null;
    if (nowMs < this.#dueMs || !this.#isInVain(nowMs)) return;
    this.#dueMs = nowMs + AGAIN_MS;
    try {
      await this.lift();
      this.#dueMs = Infinity;
    } catch (thrown) {
      if (!(thrown instanceof CaseError) || thrown.severity !== 'transient') throw thrown;
    }
  }

  #isInVain(nowMs: number): boolean {
    const isLong = nowMs - (this.#waitsSinceMs ?? nowMs) >= WAITS_FOR_MS;
    return isLong || nowMs - (this.#noNodeSinceMs ?? nowMs) >= NO_NODE_FOR_MS;
  }
}
