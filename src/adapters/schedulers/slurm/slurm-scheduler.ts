import { join } from 'node:path';
import type { JobHandle } from '../../../domain/beam.js';
import { bug, CaseError, transient } from '../../../domain/errors.js';
import type { AvoidedNodes } from '../../../ports/avoided-nodes.js';
import type { Clock } from '../../../ports/clock.js';
import type { Host } from '../../../ports/host.js';
import type { JobExit, JobLimits, JobObserver, JobRequest, Scheduler } from '../../../ports/scheduler.js';
import { floodOf } from '../log-flood.js';
import { ABANDONED, JOB_FILES } from '../wrapper-script.js';
import { SlurmClient } from './slurm-client.js';
import { SlurmEnding } from './slurm-ending.js';
import { SlurmLeftovers } from './slurm-leftovers.js';
import { jobName, leavesOutNodes, sbatchArgs, type SlurmOptions } from './slurm-options.js';
import { SlurmPoller } from './slurm-poller.js';
import { SlurmWatch } from './slurm-watch.js';
import { parseClaim, SLURM_FILES, WRAPPER } from './slurm-wrapper.js';

/*
 * Jobs of a Slurm cluster (docs/adr/0091). One folder per attempt, which this host and the nodes see:
 *
 *   job.json   the intent. Created exclusively, before sbatch is called.
 *   slurm.id   the id that sbatch gave, or that a look-up found.
 *   job.pid    the claim. Created exclusively: by the wrapper as its first act on the node (job id, node, time), or by us
 *              (`abandoned`). Who is first decides whether the engine runs.
 *   job.beat   the wrapper lives. job.stop: it shall end. engine.log, exit.code as with every job.
 *
 * The name of a job follows from its folder, so a job is found by name whatever was lost:
 *   sbatch gave no answer (killed, too late, controller gone)   looked up by name; if Slurm does not know it, the claim is
 *                                        abandoned: should it come after all, it ends without running the engine.
 *   we died before or after sbatch       `find`: slurm.id, the claim, the look-up, in this order.
 *   the controller lost its last seconds a job that runs is followed by its files; one that waited is abandoned.
 *   Slurm starts a job a second time     the wrapper finds the claim taken and ends.
 * Ids are given out again by a controller that lost its state: a record counts only with id and name, and jobs are ended
 * by name.
 */

const LIMIT_GRACE_MS = 5_000;
/** A job that Slurm has forgotten and that has not beaten for so long is gone; it beats every 10 s. */
const SILENT_MS = 60_000;
/** A node that has not begun with a job by then will not, unless it is made ready for it (slurm-launch.ts). */
const BEGINS_WITHIN_MS = 90_000;
/** A node that failed is left out for so long. */
const AVOID_MS = 3_600_000;
/** In the folder of an attempt: the job's id. */
const ID_FILE = 'slurm.id';
const FORMAT = 'mqi-slurm-job/1';

export class SlurmScheduler implements Scheduler {
  readonly client: SlurmClient;
  readonly #poller: SlurmPoller;
  readonly #ending: SlurmEnding;
  /** Submits under way, by folder. */
  readonly #submits = new Map<string, Promise<JobHandle>>();

  constructor(
    private readonly host: Host,
    private readonly clock: Clock,
    private readonly options: SlurmOptions,
    private readonly avoided: AvoidedNodes,
    private readonly silentMs = SILENT_MS,
    private readonly beginsWithinMs = BEGINS_WITHIN_MS,
  ) {
    this.client = new SlurmClient(host, clock, options);
    this.#poller = new SlurmPoller(this.client, clock, new SlurmLeftovers(host, clock, this.client, silentMs / 2));
    this.#ending = new SlurmEnding(host, clock, this.client, silentMs);
  }

  async ready(): Promise<void> {
    await this.client.ping();
  }

  async submit(request: JobRequest): Promise<JobHandle> {
    const { folder } = request;
    const underWay = this.#submits.get(folder) ?? this.#submit(request);
    this.#submits.set(folder, underWay);
    try {
      return await underWay;
    } finally {
      this.#submits.delete(folder);
    }
  }

  async find(folder: string): Promise<JobHandle | null> {
    return (await this.#submits.get(folder)) ?? (await this.#findSubmitted(folder));
  }

  async wait(job: JobHandle, limits: JobLimits, observer: JobObserver, signal: AbortSignal): Promise<JobExit> {
    const name = this.#nameOf(job);
    const { folder, id } = job;
    const allowAllNodes = (): Promise<void> => this.#allowAllNodes(id);
    const { silentMs, beginsWithinMs } = this;
    const watched = { folder, id, name, limits, observer, silentMs, beginsWithinMs, allowAllNodes };
    const end = await new SlurmWatch(this.host, this.clock, this.client, this.#poller, watched).end(signal);
    if (end.how === 'exit') {
      observer.onOver?.();
      return end.exit;
    }
    if (end.how === 'flooded') {
      await this.kill(job, 0);
      throw await floodOf(this.host, folder, limits);
    }
    if (end.how === 'stalled') {
      await this.kill(job, LIMIT_GRACE_MS);
      const seconds = String(Math.round(limits.stallMs / 1000));
      throw transient('engine.stalled', `the engine did nothing for ${seconds} s and was stopped`);
    }
    if (end.node !== null) {
      await this.avoided.avoid({ host: this.host.name, node: end.node, until: this.clock.now() + AVOID_MS });
    }
    if (end.kill) await this.kill(job, LIMIT_GRACE_MS);
    throw end.error;
  }

  isRunning(job: JobHandle): Promise<boolean> {
    return this.#ending.isRunning(job, this.#nameOf(job));
  }

  async kill(job: JobHandle, graceMs: number): Promise<void> {
    await this.#ending.end(job, this.#nameOf(job), graceMs, () => {
      this.#poller.hurry();
    });
  }

  async #submit(request: JobRequest): Promise<JobHandle> {
    const { folder, argv } = request;
    if (argv.length === 0) throw bug('engine.no-argv', 'an engine gave no program to run');
    await this.host.makeFolder(folder);
    const name = jobName(this.host.name, folder);
    const intent = { format: FORMAT, name, argv, startedAt: this.clock.now() };
    if (!(await this.host.createExclusive(join(folder, JOB_FILES.intent), `${JSON.stringify(intent)}\n`))) {
      const found = await this.#findSubmitted(folder);
      if (found === null) throw transient('engine.lost', 'the job of this attempt was given up before it ran');
      return found;
    }
    try {
      return await this.#start(request, name);
    } catch (thrown) {
      // Refused, or never asked: should it come after all, it ends without running.
      if (thrown instanceof CaseError && thrown.code.startsWith('slurm.')) await this.#abandon(folder);
      throw thrown;
    }
  }

  async #start({ folder, argv, env }: JobRequest, name: string): Promise<JobHandle> {
    const script = join(folder, SLURM_FILES.script);
    await this.host.createExclusive(script, WRAPPER);
    const variables = Object.entries({ ...env, MQI_JOB_FOLDER: folder }).map(([key, value]) => `${key}=${value}`);
    const command = [script, 'env', ...variables, ...argv];
    const submission = await this.#submission(folder, name, command);
    this.#poller.hurry();
    if (submission !== 'no answer') return this.#keep(folder, submission.id);
    const found = await this.#findSubmitted(folder);
    if (found === null) throw transient('slurm.lost', 'Slurm has not taken the job: sbatch gave no answer in time');
    return found;
  }

  /** Where leaving out nodes leaves nothing, it is better to try them again. */
  async #submission(folder: string, name: string, command: readonly string[]): ReturnType<SlurmClient['submit']> {
    const exclude = await this.#avoidedNow();
    const args = (without: readonly string[]): readonly string[] => [
      ...sbatchArgs(this.options, { name, folder, exclude: without }),
      ...command,
    ];
    try {
      return await this.client.submit(args(exclude));
    } catch (thrown) {
      if (exclude.length === 0 || !(thrown instanceof CaseError) || thrown.code !== 'slurm.refused') throw thrown;
      await this.avoided.forget(this.host.name);
      return await this.client.submit(args([]));
    }
  }

  /** The job waits in vain for other nodes: it is better to try again those that failed. */
  async #allowAllNodes(id: string): Promise<void> {
    if (leavesOutNodes(this.options)) return; // ours have no effect then
    await this.client.allowAllNodes(id);
    await this.avoided.forget(this.host.name);
  }

  async #findSubmitted(folder: string): Promise<JobHandle | null> {
    const known = /^\d+$/.exec((await this.#text(folder, ID_FILE))?.trim() ?? '')?.[0];
    if (known !== undefined) return this.#handle(folder, known);
    const claim = await this.#text(folder, JOB_FILES.claim);
    if (claim === ABANDONED) return null;
    const claimed = parseClaim(claim ?? '');
    return claimed === null ? this.#lookUp(folder) : this.#keep(folder, claimed.id);
  }

  /** By name; also where the intent is lost, as after a power cut. What Slurm does not know shall never run. */
  async #lookUp(folder: string): Promise<JobHandle | null> {
    const intent = await this.#text(folder, JOB_FILES.intent);
    if (intent !== null && !intent.includes(FORMAT)) return null; // started by another scheduler
    const [record] = await this.client.called({ name: jobName(this.host.name, folder), folder });
    if (record !== undefined) return this.#keep(folder, record.id);
    if (intent === null || (await this.#abandon(folder))) return null;
    const late = parseClaim((await this.#text(folder, JOB_FILES.claim)) ?? '');
    return late === null ? null : this.#keep(folder, late.id);
  }

  #abandon(folder: string): Promise<boolean> {
    return this.host.createExclusive(join(folder, JOB_FILES.claim), ABANDONED);
  }

  async #keep(folder: string, id: string): Promise<JobHandle> {
    await this.host.createExclusive(join(folder, ID_FILE), `${id}\n`);
    return this.#handle(folder, id);
  }

  /**
   * A time further ahead than any says that the clock was set back: it is over. Where they cannot be read (`mqi doctor` has
   * no database open), a job goes to any node: leaving some out makes it likelier to end well, no more.
   */
  async #avoidedNow(): Promise<readonly string[]> {
    const now = this.clock.now();
    const all = await this.avoided.of(this.host.name).catch(() => []);
    return all.filter(({ until }) => until > now && until <= now + AVOID_MS).map(({ node }) => node);
  }

  #text(folder: string, name: string): Promise<string | null> {
    return this.host.readText(join(folder, name));
  }

  #nameOf({ folder }: JobHandle): string {
    return jobName(this.host.name, folder);
  }

  #handle(folder: string, id: string): JobHandle {
    return { scheduler: 'slurm', host: this.host.name, folder, id, processStartTicks: null, bootId: null };
  }
}
