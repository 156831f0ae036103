import type { Resource } from '../domain/resource.js';
import type { Beam, JobHandle } from '../domain/beam.js';
import { transient } from '../domain/errors.js';
import { isQueued, whyOccupied, type GpuRules, type WatchedResource } from '../domain/gpu-rules.js';

/** A place that runs one job: a CPU place, a GPU, or several GPUs that are given to one beam together. */
export interface Slot {
  /** Id of its first resource: what a beam's row points at. */
  readonly id: string;
  readonly host: string;
  readonly resourceIds: readonly string[];
  /** For CUDA_VISIBLE_DEVICES; empty for a CPU place. */
  readonly gpuUuids: readonly string[];
}

/** What a holder tells of itself: once a job runs, the place stays taken until the job has ended, whatever the holder does. */
export interface HeldSlot extends Slot {
  /**
   * Resolves when the lease is written: before that nothing may be started here. Rejects with `gpu.busy` where another
   * service has it, or with what the database says.
   */
  readonly leased: Promise<void>;
  /** To be called as soon as a job runs here. */
  readonly runs: (job: JobHandle) => void;
  /** To be called when that job has ended: the place is given on at once, however long the holder still goes on. */
  readonly over: () => void;
  /** Aborts with `gpu.lost` when the GPU goes out of service: the job is to be ended and tried elsewhere. */
  readonly lost: AbortSignal;
}

interface Leaving {
  readonly job: JobHandle;
  readonly sinceMs: number;
  readonly mark: number;
}

/** A place given to one beam. */
export interface Grant {
  readonly beamId: string;
  readonly caseId: string;
  readonly slot: Slot;
  readonly isGpu: boolean;
  /** Aborts with `gpu.lost` when a GPU of it goes out of service. */
  readonly lost: AbortController;
  /** Memory in use when it was given, MiB, by resource; empty for a job that was taken over. */
  readonly usedBeforeMiB: ReadonlyMap<string, number>;
  /** As for `HeldSlot`; a job that was taken over has it already. */
  leased: Promise<void>;
  /** When its job is expected to end, monotonic; null where nothing is known. */
  expectedEndMs: number | null;
  /** Set once its job has ended: the place is being given back, since this monotonic time and mark of looks. */
  leaving: Leaving | null;
}

/** As configured (execution). */
export interface SlotLimits {
  /** Jobs at a time, at most; auto: as many as there are places. */
  readonly slots: number | 'auto';
  /** How many GPUs a beam gets. */
  readonly gpusPerBeam: number | 'all';
}

/** Who holds which place: plain bookkeeping, every method synchronous, so no place is given twice. */
export class SlotBook {
  #resources: readonly WatchedResource[] = [];
  readonly #grants = new Set<Grant>();
  /** The mark of looks at which a place was last given back: what earlier ones saw of it says nothing. */
  readonly #freeSince = new Map<string, number>();

  constructor(
    private readonly limits: SlotLimits,
    private readonly rules: GpuRules,
  ) {}

  get grants(): readonly Grant[] {
    return [...this.#grants];
  }

  get leaving(): readonly Grant[] {
    return this.grants.filter(({ leaving }) => leaving !== null);
  }

  /** What a beam holds; what it gives back does not count. */
  grantOf(beamId: string): Grant | undefined {
    return this.grants.find((grant) => grant.beamId === beamId && grant.leaving === null);
  }

  get resources(): readonly WatchedResource[] {
    return this.#resources;
  }

  /** What a look saw. A job whose GPU is out of service hears of it. */
  see(resources: readonly WatchedResource[]): void {
    this.#resources = resources;
    for (const { slot, lost } of this.#grants) {
      const gone = resources.find(
        (one) => slot.resourceIds.includes(one.id) && one.allowed && one.outOfService !== null,
      );
      if (gone === undefined || lost.signal.aborted) continue;
      const why = `${gone.uuid ?? gone.id} is out of service: ${gone.outOfService ?? ''}`;
      lost.abort(transient('gpu.lost', why, { remedy: 'nothing to do: the beam is calculated on another GPU' }));
    }
  }

  /**
   * As many run as may at a time. Those of a host that is away keep nobody else from working; those in the queue of a
   * cluster are not counted, as it has a limit of its own.
   */
  get #isFull(): boolean {
    const { slots } = this.limits;
    if (slots === 'auto') return false;
    const away = new Set(this.#resources.flatMap((one) => (one.away === undefined ? [] : one.host)));
    const counted = this.grants.filter(
      ({ leaving, slot }) => leaving === null && !away.has(slot.host) && !isQueued(slot, this.rules),
    );
    return counted.length >= slots;
  }

  heldIds(): ReadonlySet<string> {
    return new Set(this.grants.flatMap(({ slot }) => slot.resourceIds));
  }

  /** Those of beams whose job has not ended. */
  usedIds(): ReadonlySet<string> {
    return new Set(this.grants.flatMap(({ leaving, slot }) => (leaving === null ? slot.resourceIds : [])));
  }

  /** False when there can never be a place, however long one waits. */
  hasEnough(): boolean {
    if (this.#resources.some(({ kind }) => kind === 'cpu')) return true;
    const { gpusPerBeam } = this.limits;
    const wanted = gpusPerBeam === 'all' ? 1 : gpusPerBeam;
    return [...this.#byHost(({ allowed }) => allowed).values()].some((gpus) => gpus.length >= wanted);
  }

  /** Places that nobody holds and that may be had, as far as bookkeeping goes. */
  get unheld(): readonly WatchedResource[] {
    const held = this.heldIds();
    return this.#resources.filter(({ id, allowed }) => allowed && !held.has(id));
  }

  /** Whether one of them may be given now, as far as the most at a time goes. */
  get mayGive(): boolean {
    const full = this.#isFull;
    return this.unheld.some((one) => !full || isQueued(one, this.rules));
  }

  /** The id, if there is such a place; else null. */
  known(id: string | undefined): string | null {
    return this.#resources.find((one) => one.id === id)?.id ?? null;
  }

  /** Hosts with GPUs that might be given, each with the mark after which a look must have begun to call these free. */
  get hostsToLookAt(): ReadonlyMap<string, number> {
    const marks = new Map<string, number>();
    for (const { id, host, kind } of this.unheld) {
      if (kind === 'gpu') marks.set(host, Math.max(marks.get(host) ?? 0, this.#freeSince.get(id) ?? 0));
    }
    return marks;
  }

  /**
   * Places for one beam of the case: those that are free for certain, on the host that runs fewest of its beams, those
   * that were idle longest first. What is ours goes before the queue of a cluster. Null when there are none.
   * @param old hosts of which what is known is old: their GPUs are not called free
   * @param mayQueue false while GPUs of ours may prove free at once, by a look that is under way
   */
  choose(caseId: string, old: ReadonlySet<string>, mayQueue: boolean): readonly WatchedResource[] | null {
    const held = this.heldIds();
    const isFree = (one: WatchedResource): boolean => !held.has(one.id) && this.whyNotFree(one) === null;
    const ofCase = (host: string): number =>
      this.grants.filter((grant) => grant.caseId === caseId && grant.slot.host === host).length;
    const cpus = this.#resources
      .filter((one) => one.kind === 'cpu' && isFree(one))
      .sort((a, b) => ofCase(a.host) - ofCase(b.host));
    const full = this.#isFull;
    const ours = full ? null : this.#chooseOurs(cpus, old, isFree, ofCase);
    const queued = full || mayQueue ? cpus.find((one) => isQueued(one, this.rules)) : undefined;
    return ours ?? (queued === undefined ? null : [queued]);
  }

  #chooseOurs(
    cpus: readonly WatchedResource[],
    old: ReadonlySet<string>,
    isFree: (one: WatchedResource) => boolean,
    ofCase: (host: string) => number,
  ): readonly WatchedResource[] | null {
    const cpu = cpus.find((one) => !isQueued(one, this.rules));
    if (cpu !== undefined) return [cpu];
    const { gpusPerBeam } = this.limits;
    const known = [...this.#byHost(({ allowed, host }) => allowed && !old.has(host))];
    const hosts = known.sort(([a], [b]) => ofCase(a) - ofCase(b));
    for (const [, gpus] of hosts) {
      const inService = gpus.filter(({ outOfService }) => outOfService === null);
      const free = inService.filter(isFree).sort((a, b) => this.#idleFrom(a) - this.#idleFrom(b));
      const wanted = gpusPerBeam === 'all' ? Math.max(1, inService.length) : gpusPerBeam;
      if (free.length >= wanted) return free.slice(0, wanted);
    }
    return null;
  }

  /** Why a place that no grant holds is not free, in words. */
  whyNotFree(one: WatchedResource): string | null {
    return one.outOfService ?? one.occupied ?? whyOccupied(one, this.rules);
  }

  hold(beam: Pick<Beam, 'id' | 'caseId'>, chosen: readonly WatchedResource[], isNew = true): Grant {
    const used = chosen.flatMap(({ id, memoryUsedMiB }) =>
      memoryUsedMiB === null ? [] : [[id, memoryUsedMiB] as const],
    );
    const grant: Grant = {
      beamId: beam.id,
      caseId: beam.caseId,
      slot: slotOf(chosen),
      isGpu: chosen.some(({ kind }) => kind === 'gpu'),
      lost: new AbortController(),
      usedBeforeMiB: new Map(isNew ? used : []),
      leased: Promise.resolve(),
      expectedEndMs: null,
      leaving: null,
    };
    this.#grants.add(grant);
    return grant;
  }

  /**
   * For a beam whose job runs: what it has, else what it was leased, else what its row says, else (resource gone) the
   * emptiest place of its host, else of all, else none at all.
   */
  adopt(beam: Beam, leased: readonly string[]): Grant {
    const own = this.grantOf(beam.id);
    if (own !== undefined) return own;
    const { resourceId } = beam;
    const named = resourceId === null || leased.includes(resourceId) ? leased : [resourceId];
    const known = this.#resources.filter(({ id }) => named.includes(id));
    return this.hold(beam, known.length > 0 ? known : this.#emptiest(beam.job?.host), false);
  }

  /** True where another beam has one of its places by now (its job had ended before it was taken over). */
  isOthers(grant: Grant): boolean {
    const { resourceIds } = grant.slot;
    return this.grants.some(
      (other) => other !== grant && other.slot.resourceIds.some((id) => resourceIds.includes(id)),
    );
  }

  /** The grant that has all of these now, and does not give them back. */
  holderOf(ids: readonly string[]): Grant | undefined {
    return this.grants.find(
      ({ leaving, slot }) => leaving === null && ids.every((id) => slot.resourceIds.includes(id)),
    );
  }

  leave(grant: Grant, leaving: Leaving): void {
    grant.leaving = leaving;
  }

  /** @param mark what was seen before says nothing of these places */
  free(grant: Grant, mark: number): void {
    this.#grants.delete(grant);
    for (const id of grant.slot.resourceIds) this.#freeSince.set(id, grant.leaving?.mark ?? mark);
  }

  #idleFrom({ id }: WatchedResource): number {
    return this.#freeSince.get(id) ?? 0;
  }

  #emptiest(host: string | undefined): readonly WatchedResource[] {
    const near = this.#resources.filter((one) => one.host === host);
    const holders = ({ id }: WatchedResource): number =>
      this.grants.filter(({ slot }) => slot.resourceIds.includes(id)).length;
    return (near.length > 0 ? near : [...this.#resources]).sort((a, b) => holders(a) - holders(b)).slice(0, 1);
  }

  #byHost(which: (resource: WatchedResource) => boolean): ReadonlyMap<string, readonly WatchedResource[]> {
    const gpus = this.#resources.filter((one) => one.kind === 'gpu' && which(one));
    return new Map(
      [...new Set(gpus.map(({ host }) => host))].map((host) => [host, gpus.filter((g) => g.host === host)]),
    );
  }
}

function slotOf(resources: readonly WatchedResource[]): Slot {
  return {
    id: resources[0]?.id ?? '',
    host: resources[0]?.host ?? '',
    resourceIds: resources.map(({ id }) => id),
    gpuUuids: resources.flatMap(({ uuid }) => uuid ?? []),
  };
}

/** What beams have by the leases that are written, ids by beam. */
export function leasedByBeam(resources: readonly Resource[]): ReadonlyMap<string, readonly string[]> {
  const byBeam = new Map<string, readonly string[]>();
  for (const { id, lease } of resources) {
    if (lease !== null) byBeam.set(lease.beamId, [...(byBeam.get(lease.beamId) ?? []), id]);
  }
  return byBeam;
}
