import { AllHostsGpuFinder } from './adapters/gpus/all-hosts-gpu-finder.js';
import { HostGpuFinder } from './adapters/gpus/host-gpu-finder.js';
import { SlurmPlaces } from './adapters/gpus/slurm-places.js';
import { SshFarHost } from './adapters/hosts/ssh/ssh-far-host.js';
import { SshHost } from './adapters/hosts/ssh/ssh-host.js';
import { ByHostScheduler, type HostEntry } from './adapters/schedulers/by-host-scheduler.js';
import { DirectScheduler } from './adapters/schedulers/direct-scheduler.js';
import type { SlurmOptions } from './adapters/schedulers/slurm/slurm-options.js';
import { SlurmScheduler } from './adapters/schedulers/slurm/slurm-scheduler.js';
import { StagedScheduler } from './adapters/schedulers/staged-scheduler.js';
import { transient } from './domain/errors.js';
import { HostPaths } from './domain/host-paths.js';
import type { Clock } from './ports/clock.js';
import type { FarHost } from './ports/far-hosts.js';
import type { GpuFinder, HostPlaces } from './ports/gpu-finder.js';
import type { Host } from './ports/host.js';
import type { Logger } from './ports/logger.js';
import type { Scheduler } from './ports/scheduler.js';
import type { Settings } from './ports/settings.js';

/** Where jobs run: part of the composition root (container.ts). */
export interface Execution {
  /** Jobs of beams, on all hosts. */
  readonly scheduler: Scheduler;
  /** Programs that must run here, such as a site's own interpreter. */
  readonly localScheduler: Scheduler;
  readonly places: GpuFinder;
  /** Those that are not this machine. */
  readonly farHosts: readonly FarHost[];
}

type HostSettings = Settings['execution']['hosts'][number];

const NPROC_LIMIT_MS = 10_000;

/** What this machine is called: as the configuration calls it, if it names it at all. */
export const nameOfHere = ({ execution }: Settings): string =>
  execution.hosts.find(({ kind }) => kind === 'local')?.name ?? 'local';

/**
 * Nothing is connected or started yet.
 * @param here this machine
 */
export function buildExecution(settings: Settings, here: Host, clock: Clock, log: Logger): Execution {
  const { root, execution, progressTracking } = settings;
  const direct = { pollMs: progressTracking.pollingIntervalSeconds * 1000 };
  const entries = new Map<string, HostEntry>();
  const farHosts: FarHost[] = [];
  const finders = new Map<string, HostPlaces>();
  for (const host of execution.hosts) {
    const far = host.kind === 'ssh' ? new SshHost(sshOptions(host), clock) : null;
    const machine = far ?? here;
    const paths = new HostPaths(far === null ? AS_HERE(root) : { ...host, root });
    const isSlurm = execution.scheduler === 'slurm';
    const bare = isSlurm
      ? new SlurmScheduler(machine, clock, slurmOptions(settings))
      : new DirectScheduler(machine, clock, direct);
    const scheduler =
      far === null ? bare : new StagedScheduler(bare, far.files, clock, log, { paths, keepDays: host.keepDays });
    if (far !== null) farHosts.push(new SshFarHost(far, clock, { ...host, gpuTool: toolOf(settings, host) }));
    entries.set(host.name, { scheduler, paths, isFar: far !== null });
    const cores = far === null ? {} : { cores: () => coresOf(far), reach: () => far.reach() };
    const finder = isSlurm
      ? new SlurmPlaces(host.name, execution.slurm.maxJobs, clock)
      : new HostGpuFinder(machine, clock, { cpuPlaces: execution.slots, tool: toolOf(settings, host), ...cores });
    finders.set(host.name, finder);
  }
  const localScheduler = new DirectScheduler(here, clock, direct);
  return {
    scheduler: new ByHostScheduler(entries),
    localScheduler,
    places: new AllHostsGpuFinder(finders, clock, log),
    farHosts,
  };
}

const AS_HERE = (root: string): ConstructorParameters<typeof HostPaths>[0] => ({
  root,
  workDir: null,
  sharedFolder: null,
  installed: [],
});

/** The program that lists the GPUs of a host; null for the usual ones. */
const toolOf = ({ execution }: Settings, host: HostSettings): string | null => host.gpuTool ?? execution.gpus.tool;

function slurmOptions({ execution: { slurm }, engine }: Settings): SlurmOptions {
  return { ...slurm, engineMinutes: engine.timeoutMinutes };
}

function sshOptions(host: HostSettings): ConstructorParameters<typeof SshHost>[0] {
  return { ...host, host: host.host ?? host.name, configFile: host.sshConfig };
}

async function coresOf(host: Host): Promise<number> {
  const end = await host.run(['nproc'], NPROC_LIMIT_MS);
  const cores = end.how === 'exited' ? Number(end.stdout.trim()) : NaN;
  if (Number.isInteger(cores) && cores > 0) return cores;
  throw transient('host.unreachable', `host ${host.name} does not say how many processors it has`);
}
