import { isUnseen } from './away.js';
import type { JudgedResource, SeenResource } from './resource.js';

/** What a site says of its GPUs (configuration: execution). */
export interface GpuRules {
  /** UUIDs or numbers; empty: all. */
  readonly allow: readonly string[];
  /** UUIDs or numbers; goes before `allow`. */
  readonly deny: readonly string[];
  /** Memory that must be free before a job is started. 0: memory is not looked at. */
  readonly minFreeMiB: number;
  /** Hosts whose places are jobs in a queue (Slurm), not processors: they stand beside GPUs. */
  readonly queues?: readonly string[];
}

/** Whether a place is a job in the queue of a cluster. */
export const isQueued = ({ host }: Pick<SeenResource, 'host'>, { queues = [] }: GpuRules): boolean =>
  queues.includes(host);

/** A judged place and how many looks in a row have missed it. */
export interface WatchedResource extends JudgedResource {
  readonly missed: number;
  /** False for a GPU that the configuration leaves to others. */
  readonly allowed: boolean;
}

/** Why a GPU that the configuration does not allow is out of service. */
export const LEFT_TO_OTHERS = 'left to others by execution.gpus';

/** A GPU that one look does not list may be the fault of the look; the second in a row means that it is gone. */
const MISSED_IS_GONE = 2;

/**
 * What is known of the places of one host after a look that worked. A host that has shown GPUs never falls back to its
 * CPU while we run: what was calculated on a GPU in minutes would take days.
 * @param held ids of places that a job of ours holds
 */
export function afterLook(
  before: readonly WatchedResource[],
  seen: readonly SeenResource[],
  rules: GpuRules,
  held: ReadonlySet<string>,
): readonly WatchedResource[] {
  const gpus = seen.filter(({ kind }) => kind === 'gpu');
  const hasGpus = gpus.length > 0 || before.some(({ kind }) => kind === 'gpu');
  const counted = hasGpus ? seen.filter((one) => one.kind === 'gpu' || isUnseen(one) || isQueued(one, rules)) : seen;
  const present = counted.map((resource) => judged(resource, rules, held.has(resource.id)));
  const missing = before
    .filter(({ id }) => !present.some((resource) => resource.id === id))
    .filter(({ id, kind }) => kind === 'gpu' || held.has(id))
    .map(missedOnce);
  return [...present, ...missing];
}

/**
 * The places of all hosts together. Where one host has GPUs, places without GPU of the others are left out: what is
 * calculated on a GPU in minutes would take days there.
 * @param held ids of places that a job of ours holds
 */
export function withoutCpusBesideGpus(
  places: readonly WatchedResource[],
  rules: GpuRules,
  held: ReadonlySet<string>,
): readonly WatchedResource[] {
  if (!places.some(({ kind }) => kind === 'gpu')) return places;
  return places.filter(
    (place) => place.kind === 'gpu' || isUnseen(place) || isQueued(place, rules) || held.has(place.id),
  );
}

/**
 * After a look that failed: what was known is old, and what no job of ours is at work on is not known to be free.
 * @param used ids of places whose job has not ended: that of one which has is not given on before it is seen to be empty
 */
export function afterFailedLook(
  before: readonly WatchedResource[],
  trouble: string,
  used: ReadonlySet<string>,
): readonly WatchedResource[] {
  return before.map((resource) =>
    resource.kind === 'cpu' || used.has(resource.id) || resource.outOfService !== null
      ? resource
      : { ...resource, occupied: `its state is not known: ${trouble}` },
  );
}

/** A place as its row shows it, before the first look of this service has worked. */
export const remembered = (resource: JudgedResource, rules: GpuRules): WatchedResource => ({
  ...resource,
  outOfService: null,
  occupied: resource.kind === 'gpu' ? 'its state is not known yet' : null,
  missed: 0,
  allowed: isAllowed(resource, rules),
});

function judged(resource: SeenResource, rules: GpuRules, held: boolean): WatchedResource {
  const allowed = isAllowed(resource, rules);
  const outOfService = allowed ? (resource.fault ?? eccWords(resource)) : LEFT_TO_OTHERS;
  // Jobs of a Slurm that does not answer run on, and are followed by their files.
  const runs = held && (resource.away === undefined || isQueued(resource, rules));
  const occupied = outOfService !== null || runs ? null : whyOccupied(resource, rules);
  return { ...resource, outOfService, occupied, missed: 0, allowed };
}

function missedOnce(resource: WatchedResource): WatchedResource {
  const missed = resource.missed + 1;
  const gone = resource.kind === 'gpu' && resource.allowed && missed >= MISSED_IS_GONE;
  return {
    ...resource,
    missed,
    occupied: resource.outOfService === null ? 'the last look did not find it' : null,
    ...(gone ? { outOfService: 'it has vanished: the driver does not list it any more', occupied: null } : {}),
  };
}

/** Whether a name of `execution.gpus` is that of this GPU: its UUID or its number. */
export const isGpuNamed = ({ uuid, index }: Pick<SeenResource, 'uuid' | 'index'>, name: string): boolean =>
  name.toLowerCase() === uuid?.toLowerCase() || (index !== null && name === String(index));

/** `deny` goes first, an empty `allow` means all. CPU places are always allowed. */
function isAllowed(place: SeenResource, { allow, deny }: GpuRules): boolean {
  if (place.kind === 'cpu') return true;
  const isNamed = (name: string): boolean => isGpuNamed(place, name);
  return !deny.some(isNamed) && (allow.length === 0 || allow.some(isNamed));
}

const eccWords = ({ eccErrors }: SeenResource): string | null =>
  eccErrors === null || eccErrors === 0
    ? null
    : `${String(eccErrors)} memory ${eccErrors === 1 ? 'error' : 'errors'} that could not be corrected (ECC)`;

/**
 * Why a place that no job of ours holds is not free: its host is away, or the GPU is not physically free; null when it is.
 * What is not known is not free.
 */
export function whyOccupied(
  { kind, processes, memoryTotalMiB, memoryUsedMiB, away }: SeenResource,
  { minFreeMiB }: Pick<GpuRules, 'minFreeMiB'>,
): string | null {
  if (away !== undefined) return away;
  if (kind === 'cpu') return null;
  if (processes === null) return 'who computes on it is not known';
  const [first] = processes;
  if (first !== undefined) {
    const pids = processes.map(({ pid }) => String(pid)).join(', ');
    return processes.length === 1 ? `in use by another program, pid ${pids}` : `in use by other programs, pids ${pids}`;
  }
  if (minFreeMiB === 0) return null;
  if (memoryTotalMiB === null || memoryUsedMiB === null) return 'its free memory is not known';
  const free = memoryTotalMiB - memoryUsedMiB;
  return free >= minFreeMiB ? null : `only ${String(free)} MiB of memory are free, ${String(minFreeMiB)} are wanted`;
}
