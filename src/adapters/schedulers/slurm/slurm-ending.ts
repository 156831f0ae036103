import { join } from 'node:path';
import type { JobHandle } from '../../../domain/beam.js';
import { CaseError, operator } from '../../../domain/errors.js';
import type { Clock } from '../../../ports/clock.js';
import type { Host } from '../../../ports/host.js';
import { ABANDONED, JOB_FILES } from '../wrapper-script.js';
import type { SlurmClient } from './slurm-client.js';
import { isLive } from './slurm-records.js';
import { SLURM_FILES } from './slurm-wrapper.js';

/** Slurm kills what ignores SIGTERM after its KillWait, by default 30 s, and looks after nodes that do not answer. */
const KILLED_WITHIN_MS = 90_000;
const LOOK_MS = 250;

/** Ends jobs of Slurm, and tells whether anything of them is left. */
export class SlurmEnding {
  constructor(
    private readonly host: Host,
    private readonly clock: Clock,
    private readonly client: SlurmClient,
    private readonly silentMs: number,
  ) {}

  /** True for a job that waits, too. Rejects when Slurm does not answer and the job's files do not say it. */
  async isRunning({ folder, id }: JobHandle, name: string): Promise<boolean> {
    const claim = await this.#text(folder, JOB_FILES.claim);
    if (claim === ABANDONED || (await this.#text(folder, JOB_FILES.exit)) !== null) return false;
    const job = { id, name, folder, notBeforeS: 0 };
    const shown = await this.client.shown(job);
    if (shown !== null) return isLive(shown);
    if (claim === null) return false;
    const record = await this.client.record(job);
    return record === null || record === 'unknown' ? this.#beats(folder) : false;
  }

  /** SIGTERM, after the grace time SIGKILL. @param told called when Slurm has been told */
  async end(job: JobHandle, name: string, graceMs: number, told: () => void): Promise<void> {
    const { folder } = job;
    // Both need no Slurm: a job that has not begun never will, one that runs reads that it shall end.
    const isAbandoned = await this.host.createExclusive(join(folder, JOB_FILES.claim), ABANDONED);
    await this.host.createExclusive(join(folder, SLURM_FILES.stop), `${String(Math.ceil(graceMs / 1000))}\n`);
    const fromMs = this.clock.monotonicMs();
    await answerOf(() => this.client.cancel({ name, folder }));
    told();
    if (isAbandoned || (await this.#isGoneWithin(job, name, graceMs)) === 'gone') return;
    await answerOf(() => this.client.kill({ name, folder }));
    const left = await this.#isGoneWithin(job, name, KILLED_WITHIN_MS - (this.clock.monotonicMs() - fromMs));
    if (left === 'gone') return;
    if (left !== 'there') throw left;
    throw operator('engine.unkillable', `job ${job.id} of Slurm on ${job.host} does not end`, {
      remedy: 'an administrator looks at its node (scontrol show job), then: mqi resume ID',
    });
  }

  /** Looks at least once; gives why nobody can say, if nobody can. */
  async #isGoneWithin(job: JobHandle, name: string, limitMs: number): Promise<'gone' | 'there' | CaseError> {
    const endMs = this.clock.monotonicMs() + limitMs;
    for (;;) {
      const runs = await answerOf(() => this.isRunning(job, name));
      if (runs === false) return 'gone';
      if (this.clock.monotonicMs() >= endMs) return runs === true ? 'there' : runs;
      await this.clock.sleep(LOOK_MS);
    }
  }

  async #beats(folder: string): Promise<boolean> {
    const before = await this.#text(folder, SLURM_FILES.beat);
    await this.clock.sleep(this.silentMs / 4);
    return (await this.#text(folder, SLURM_FILES.beat)) !== before;
  }

  #text(folder: string, name: string): Promise<string | null> {
    return this.host.readText(join(folder, name));
  }
}

/** That Slurm does not answer is no reason to stop: the files do the same. Then, why it did not. */
async function answerOf<T>(ask: () => Promise<T>): Promise<T | CaseError> {
  try {
    return await ask();
  } catch (thrown) {
    if (thrown instanceof CaseError && thrown.code === 'host.unreachable') return thrown;
    throw thrown;
  }
}
