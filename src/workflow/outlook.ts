import { awayOf } from '../domain/away.js';
import type { Beam } from '../domain/beam.js';
import { estimatorFrom } from '../domain/estimate.js';
import { etasOf, type Etas } from '../domain/eta.js';
import { LEFT_TO_OTHERS } from '../domain/gpu-rules.js';
import type { Resource } from '../domain/resource.js';
import type { TargetState } from '../domain/target-state.js';
import type { EpochMs } from '../domain/time.js';
import type { CaseQueries } from '../ports/case-queries.js';
import { placesAndWhy } from './places-and-why.js';

/** What the database lets foresee of cases under way: when they finish, and what those wait for that get no place. */
export interface Outlook {
  readonly etas: Etas;
  /** What a case without place waits for, in words. */
  readonly slot: string;
  /** Beams without dose, by case. */
  readonly open: ReadonlyMap<string, readonly Beam[]>;
  /** Beams whose job is on a host that cannot be asked now, and why, in words. */
  readonly away: ReadonlyMap<string, { readonly caseId: string; readonly why: string }>;
  /** Upload targets that are down, and when each is tried next. */
  readonly probes: ReadonlyMap<string, EpochMs>;
}

interface Place {
  readonly resource: Resource;
  readonly beams: readonly Beam[];
}

export const NO_OUTLOOK: Outlook = {
  etas: { beams: new Map(), cases: new Map() },
  slot: 'a free slot',
  open: new Map(),
  away: new Map(),
  probes: new Map(),
};

/** `execution.slots`: how many jobs run at a time at most. */
export type SlotLimit = number | 'auto';

/** Read anew for each list or case that is shown: a few rows, the beams under way, and the last hundred that finished. */
export async function outlookOf(
  queries: Pick<CaseQueries, 'workload' | 'resources' | 'targets'>,
  now: EpochMs,
  limit: SlotLimit = 'auto',
): Promise<Outlook> {
  const probes = new Map((await queries.targets()).flatMap(({ target }) => nextProbe(target)));
  const { open, finished } = await queries.workload();
  if (open.length === 0) return { ...NO_OUTLOOK, probes };
  const places = await queries.resources();
  const etas = isStuck(places)
    ? NO_OUTLOOK.etas
    : etasOf(open, jobsAtOnce(places, limit), estimatorFrom(finished), now);
  const byCase = new Map<string, Beam[]>();
  for (const { beam } of open) byCase.set(beam.caseId, [...(byCase.get(beam.caseId) ?? []), beam]);
  return {
    etas,
    slot: slotWords(places, limit),
    open: byCase,
    away: new Map(places.flatMap(awayBeams)),
    probes,
  };
}

const nextProbe = ({ name, nextProbeAt }: TargetState): readonly (readonly [string, EpochMs])[] =>
  nextProbeAt === null ? [] : [[name, nextProbeAt]];

function awayBeams({ resource, beams }: Place): readonly [string, { readonly caseId: string; readonly why: string }][] {
  const why = awayOf(resource);
  return why === null ? [] : beams.map(({ id, caseId }) => [id, { caseId, why }]);
}

/** A job in the queue of a cluster, which execution.slots says nothing of. */
const isQueued = ({ resource: { id, host } }: Place): boolean => id.startsWith(`${host}/slurm-`);

const isUsable = ({ resource }: Place): boolean => resource.outOfService === null && awayOf(resource) === null;

/** Nobody knows when a host comes back, or a GPU is well again: until then no time is promised. */
const isStuck = (places: readonly Place[]): boolean => places.length > 0 && !places.some(isUsable);

/** By the leases there are one sees how many GPUs go to one beam. */
function jobsAtOnce(places: readonly Place[], limit: SlotLimit): number {
  const usable = places.filter(isUsable);
  const leases = places.flatMap(({ resource }) => resource.lease ?? []);
  const beams = new Set(leases.map(({ beamId }) => beamId)).size;
  const queued = usable.filter(isQueued).length;
  const ours = Math.floor((usable.length - queued) / (beams === 0 ? 1 : leases.length / beams));
  return Math.max(1, queued + (limit === 'auto' ? ours : Math.min(limit, ours)));
}

/** `a free slot`, or the GPUs that are not to be had and why, where that is what stands in the way. */
function slotWords(places: readonly Place[], limit: SlotLimit): string {
  const ours = places.filter((place) => !isQueued(place) && place.resource.outOfService !== LEFT_TO_OTHERS);
  const running = ours.filter(({ resource, beams }) => beams.length > 0 && awayOf(resource) === null).length;
  if (limit !== 'auto' && running >= limit) {
    return `${NO_OUTLOOK.slot}: execution.slots allows ${String(limit)} at a time`;
  }
  const all = places.filter(({ resource }) => resource.outOfService !== LEFT_TO_OTHERS);
  const blocked = all.flatMap((place) => {
    const why = whyBlocked(place);
    return why === null ? [] : [{ place: shortName(place.resource), why }];
  });
  if (blocked.length === 0) return NO_OUTLOOK.slot;
  const list = placesAndWhy(blocked);
  return blocked.length === all.length ? list : `${NO_OUTLOOK.slot}, not to be had: ${list}`;
}

/** Of a host that is away its own name says enough: the reason shall not stand behind a row of UUIDs. */
const shortName = (resource: Resource): string =>
  awayOf(resource) === null ? (resource.uuid ?? resource.id) : resource.host;

/** A CPU place that calculates is no answer to "which one": there is nothing to tell them apart. */
function whyBlocked({ resource: { kind, outOfService, occupied, lease }, beams }: Place): string | null {
  // With a lease: its job has ended, and it cannot be seen whether it is empty.
  const isOurs = beams.length > 0 || (lease !== null && outOfService === null && occupied === null);
  if (!isOurs) return outOfService ?? occupied;
  return kind === 'gpu' ? 'calculates another beam' : null;
}
