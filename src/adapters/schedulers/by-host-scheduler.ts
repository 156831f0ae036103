import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobHandle } from '../../domain/beam.js';
import { operator, type CaseError } from '../../domain/errors.js';
import type { HostPaths } from '../../domain/host-paths.js';
import { diskError } from '../../files/disk-error.js';
import { systemCode } from '../../files/system-code.js';
import { writeWholeFile } from '../../files/whole-file.js';
import type { JobExit, JobLimits, JobObserver, JobRequest, Scheduler } from '../../ports/scheduler.js';

export interface HostEntry {
  readonly scheduler: Scheduler;
  readonly paths: HostPaths;
  /** Its jobs outlive a power cut of our machine: what was given to it is on disk before it is asked. */
  readonly isFar: boolean;
}

/** In the folder of an attempt, here: the far host its job was given to. Written before anything is asked of it. */
const PLACED = 'placed-on';

/**
 * One scheduler over those of all hosts: a job is known by the host in its handle, a folder by what stands in it. So a
 * service that died between giving a job to a host and writing its handle asks that host, and no other.
 */
export class ByHostScheduler implements Scheduler {
  constructor(private readonly hosts: ReadonlyMap<string, HostEntry>) {}

  there(host: string, path: string): string {
    return this.#entry(host).paths.there(path);
  }

  installedThere(host: string, path: string): string {
    return this.#entry(host).paths.installedThere(path);
  }

  async ready(host: string): Promise<void> {
    await this.#entry(host).scheduler.ready?.(host);
  }

  async bringAhead(host: string, files: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#entry(host).scheduler.bringAhead?.(host, files, signal);
  }

  /** Each by itself: one that is away keeps no other waiting. */
  async tidy(): Promise<void> {
    await Promise.all([...this.hosts.values()].map(async ({ scheduler }) => scheduler.tidy?.()));
  }

  async submit(request: JobRequest): Promise<JobHandle> {
    const { scheduler, isFar } = this.#entry(request.host ?? '');
    if (isFar) await writeDurably(join(request.folder, PLACED), `${request.host ?? ''}\n`);
    return scheduler.submit(request);
  }

  async find(folder: string): Promise<JobHandle | null> {
    const host = await placedOn(folder);
    if (host !== null) {
      const entry = this.#entry(host);
      if (!entry.isFar) throw notAsBefore(host);
      return entry.scheduler.find(folder);
    }
    // Nothing was given to a far host; of what was started here the folder itself says all.
    const near = [...this.hosts.values()].find(({ isFar }) => !isFar);
    return (await near?.scheduler.find(folder)) ?? null;
  }

  async wait(job: JobHandle, limits: JobLimits, observer: JobObserver, signal: AbortSignal): Promise<JobExit> {
    return this.#of(job).wait(job, limits, observer, signal);
  }

  async isRunning(job: JobHandle): Promise<boolean> {
    return this.#of(job).isRunning(job);
  }

  async kill(job: JobHandle, graceMs: number): Promise<void> {
    await this.#of(job).kill(job, graceMs);
  }

  /** Another machine under the same name, or another work folder, would take the job for one that is gone. */
  #of({ host, folder }: JobHandle): Scheduler {
    const { scheduler, paths } = this.#entry(host);
    if (!paths.holds(folder)) throw notAsBefore(host);
    return scheduler;
  }

  #entry(name: string): HostEntry {
    const entry = this.hosts.get(name);
    if (entry !== undefined) return entry;
    throw operator('host.not-configured', `a job is on host ${name}, which is not in execution.hosts`, {
      remedy: 'put that host back into the configuration and start again, or cancel the case',
    });
  }
}

const notAsBefore = (host: string): CaseError =>
  operator(
    'host.not-configured',
    `a job is on host ${host} as it was configured before (kind, workDir, sharedFolder)`,
    {
      remedy: 'put that back into the configuration and start again, or cancel the case',
    },
  );

async function writeDurably(path: string, text: string): Promise<void> {
  try {
    await writeWholeFile(path, text);
  } catch (thrown) {
    throw diskError(thrown);
  }
}

async function placedOn(folder: string): Promise<string | null> {
  try {
    return (await readFile(join(folder, PLACED), 'utf8')).trim();
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return null;
    throw diskError(thrown);
  }
}
