import { afterLook, withoutCpusBesideGpus } from '../../domain/gpu-rules.js';
import { slurmHosts } from '../../domain/host-scheduler.js';
import type { SeenResource } from '../../domain/resource.js';
import type { Settings } from '../../ports/settings.js';

/** Where on one host the test beam is to be run. */
export interface PlaceToTest {
  readonly host: string;
  /** As many as the beam of a case is given; none where its jobs get none, or Slurm gives them. */
  readonly gpuUuids: readonly string[];
  /** Why it cannot be run there now as the beam of a case would be, in words; null when it can. */
  readonly busy: string | null;
}

/**
 * On each host that can be asked, what the beam of a case would get there: GPUs that are allowed, in service and, if it can
 * be, free; as many as the configuration gives to a beam.
 */
export function placesToTest(
  seen: readonly SeenResource[],
  { execution }: Pick<Settings, 'execution'>,
): readonly PlaceToTest[] {
  const { gpus, minFreeGpuMiB, gpusPerBeam } = execution;
  const rules = { ...gpus, minFreeMiB: minFreeGpuMiB, queues: slurmHosts(execution) };
  const none = new Set<string>();
  const places = withoutCpusBesideGpus(afterLook([], seen, rules, none), rules, none).filter(
    ({ away, outOfService }) => away === undefined && outOfService === null,
  );
  return [...new Set(places.map(({ host }) => host))].map((host) => {
    const its = places.filter((place) => place.host === host);
    const usable = its.filter(({ kind }) => kind === 'gpu');
    if (usable.length === 0) return { host, gpuUuids: [], busy: null };
    const wanted = gpusPerBeam === 'all' ? usable.length : gpusPerBeam;
    const given = usable.toSorted((a, b) => Number(a.occupied !== null) - Number(b.occupied !== null)).slice(0, wanted);
    const taken = given.filter(({ occupied }) => occupied !== null);
    const words = taken.map(({ id, occupied }) => `${id} (${occupied ?? ''})`).join(', ');
    const short = `${String(wanted)} GPUs are given to a beam (execution.gpusPerBeam), ${String(usable.length)} can be used`;
    return {
      host,
      gpuUuids: given.flatMap(({ uuid }) => uuid ?? []),
      busy: usable.length < wanted ? short : taken.length > 0 ? `not free: ${words}` : null,
    };
  });
}
