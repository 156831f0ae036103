import { AllHostsGpuFinder } from './adapters/gpus/all-hosts-gpu-finder.js';
import { HostGpuFinder, type HostGpuFinderOptions } from './adapters/gpus/host-gpu-finder.js';
import { SlurmPlaces } from './adapters/gpus/slurm-places.js';
import { SshFarHost } from './adapters/hosts/ssh/ssh-far-host.js';
import { SshHost } from './adapters/hosts/ssh/ssh-host.js';
import { ByHostScheduler, type HostEntry } from './adapters/schedulers/by-host-scheduler.js';
import { ByHandleScheduler } from './adapters/schedulers/by-handle-scheduler.js';
import { DirectScheduler, type DirectSchedulerOptions } from './adapters/schedulers/direct-scheduler.js';
import type { SlurmOptions } from './adapters/schedulers/slurm/slurm-options.js';
import { SlurmScheduler } from './adapters/schedulers/slurm/slurm-scheduler.js';
import { StagedScheduler } from './adapters/schedulers/staged-scheduler.js';
import { transient } from './domain/errors.js';
import { HostPaths } from './domain/host-paths.js';
import { slurmHosts, type SchedulerKind } from './domain/host-scheduler.js';
import type { AvoidedNodes } from './ports/avoided-nodes.js';
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

/** What execution needs of the rest of the service. */
export interface Surroundings {
  /** This machine. */
  readonly here: Host;
  readonly clock: Clock;
  readonly log: Logger;
  readonly avoided: AvoidedNodes;
}

/** Nothing is connected or started yet. */
export function buildExecution(settings: Settings, surroundings: Surroundings): Execution {
  const { here, clock, log } = surroundings;
  const { root, execution } = settings;
  const clusters = slurmHosts(execution);
  const entries = new Map<string, HostEntry>();
  const farHosts: FarHost[] = [];
  const finders = new Map<string, HostPlaces>();
  for (const host of execution.hosts) {
    const far = host.kind === 'ssh' ? new SshHost(sshOptions(host), clock) : null;
    const paths = new HostPaths(host.kind === 'ssh' ? { ...host, root } : AS_HERE(root));
    const isSlurm = clusters.includes(host.name);
    const bare = startingJobs(settings, far ?? here, surroundings, isSlurm ? 'slurm' : 'direct');
    const scheduler =
      far === null ? bare : new StagedScheduler(bare, far.files, clock, log, { paths, keepDays: host.keepDays });
    if (far !== null) {
      // Those of a cluster's jobs lie on its nodes.
      const programs = isSlurm ? [] : programsOfJobs(settings).map((program) => paths.there(program));
      farHosts.push(new SshFarHost(far, clock, { ...host, gpuTool: toolOf(settings, host), programs }));
    }
    entries.set(host.name, { scheduler, paths, isFar: far !== null });
    const slurmPlaces = new SlurmPlaces(host.name, execution.slurm.maxJobs, clock, async () =>
      scheduler.ready?.(host.name),
    );
    const options = { cpuPlaces: execution.slots, tool: toolOf(settings, host) };
    finders.set(host.name, isSlurm ? slurmPlaces : placesOf(far, here, clock, options));
  }
  const all = withHere(entries, here.name, {
    scheduler: startingJobs(settings, here, surroundings, 'direct'),
    paths: new HostPaths(AS_HERE(root)),
    isFar: false,
  });
  const localScheduler = new DirectScheduler(here, clock, directOptions(settings));
  return {
    scheduler: new ByHostScheduler(all),
    localScheduler,
    places: new AllHostsGpuFinder(finders, clock, log),
    farHosts,
  };
}

/** Of an engine that is no part of the service. */
function programsOfJobs({ engine: { kind, command, moqui } }: Settings): readonly string[] {
  if (kind === 'moqui') return ['stdbuf', moqui.program ?? []].flat();
  return kind === 'command' ? (command.argv ?? []).slice(0, 1) : [];
}

/**
 * Where no host is this machine, it is given no jobs; those that it was given before a change of configuration are
 * followed to their end all the same.
 */
function withHere(
  entries: ReadonlyMap<string, HostEntry>,
  name: string,
  here: HostEntry,
): ReadonlyMap<string, HostEntry> {
  const isThere = entries.has(name) || [...entries.values()].some(({ isFar }) => !isFar);
  return isThere ? entries : new Map([...entries, [name, here]]);
}

function placesOf(far: SshHost | null, here: Host, clock: Clock, options: HostGpuFinderOptions): HostPlaces {
  if (far === null) return new HostGpuFinder(here, clock, options);
  return new HostGpuFinder(far, clock, {
    ...options,
    isFar: true,
    cores: () => coresOf(far),
    reach: () => far.reach(),
  });
}

/** Either scheduler costs nothing until it has a job. */
function startingJobs(
  settings: Settings,
  machine: Host,
  { clock, avoided }: Surroundings,
  chosen: SchedulerKind,
): Scheduler {
  const slurm = new SlurmScheduler(machine, clock, slurmOptions(settings), avoided);
  const direct = new DirectScheduler(machine, clock, directOptions(settings));
  return new ByHandleScheduler(machine, { direct, slurm }, chosen);
}

const directOptions = ({ progressTracking }: Settings): DirectSchedulerOptions => ({
  pollMs: progressTracking.pollingIntervalSeconds * 1000,
});

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
