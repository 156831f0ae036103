import { join } from 'node:path';
import { CaseError } from '../../../domain/errors.js';
import type { Clock } from '../../../ports/clock.js';
import type { Host } from '../../../ports/host.js';
import { ABANDONED, JOB_FILES } from '../wrapper-script.js';
import type { SlurmClient } from './slurm-client.js';
import { jobName } from './slurm-options.js';
import { isLive, type SlurmRecord } from './slurm-records.js';

/** Between two looks at their folders. */
const LOOK_EVERY_MS = 5_000;

/**
 * Jobs of ours that are over and that Slurm has still in its books: a controller that lost its last seconds believes that
 * they run. They keep their GPUs from all others until a node registers anew, for several minutes, and again after each
 * crash. So they are ended there too. Nothing needs to be remembered for it, also not over a restart: the name of a job
 * says that it is of its folder, and the folder that it is over (the exit code is there, or the claim was given up).
 */
export class SlurmLeftovers {
  /** Since when jobs were seen so, by folder; monotonic. */
  #overSinceMs: ReadonlyMap<string, number> = new Map();
  #dueMs = -Infinity;

  /** @param overForMs Slurm may hear of an end this much later than we do */
  constructor(
    private readonly host: Host,
    private readonly clock: Clock,
    private readonly client: SlurmClient,
    private readonly overForMs: number,
  ) {}

  /**
   * Never rejects for want of an answer: what cannot be seen or ended now is looked at again.
   * @param unfollowed jobs of this user in Slurm that nobody here follows
   */
  async clear(unfollowed: readonly SlurmRecord[]): Promise<void> {
    const nowMs = this.clock.monotonicMs();
    if (nowMs < this.#dueMs) return;
    this.#dueMs = nowMs + LOOK_EVERY_MS;
    try {
      await this.#look(unfollowed, nowMs);
    } catch (thrown) {
      if (!(thrown instanceof CaseError) || thrown.severity !== 'transient') throw thrown;
    }
  }

  async #look(unfollowed: readonly SlurmRecord[], nowMs: number): Promise<void> {
    const over = new Map<string, number>();
    for (const record of unfollowed) {
      const { folder } = record;
      if (await this.#isOver(record)) over.set(folder, this.#overSinceMs.get(folder) ?? nowMs);
    }
    this.#overSinceMs = over;
    for (const [folder, sinceMs] of over) {
      if (nowMs - sinceMs < this.overForMs) continue;
      over.set(folder, nowMs); // should it be there even then, it is ended again
      await this.client.cancel({ name: jobName(this.host.name, folder), folder });
    }
  }

  async #isOver(record: SlurmRecord): Promise<boolean> {
    const { name, folder, state } = record;
    // One that is COMPLETING is being ended.
    if (!isLive(record) || state === 'COMPLETING' || name !== jobName(this.host.name, folder)) return false;
    if ((await this.host.readText(join(folder, JOB_FILES.exit))) !== null) return true;
    return (await this.host.readText(join(folder, JOB_FILES.claim))) === ABANDONED;
  }
}
