import type { Resource } from '../domain/resource.js';

/** A place that runs one job at a time: a CPU place, a GPU, or several GPUs that are given to one beam together. */
export interface Slot {
  /** Id of its first resource: what a beam's row points at. */
  readonly id: string;
  readonly host: string;
  readonly resourceIds: readonly string[];
  /** For CUDA_VISIBLE_DEVICES; empty for a CPU place. */
  readonly gpuUuids: readonly string[];
}

/**
 * The slots of the resources found: CPU places one by one, GPUs in groups of `gpusPerBeam` of one host (GPUs left over
 * stay idle). A number asks for that many: fewer leave places idle, more let several jobs share a place in turn.
 */
export function planSlots(
  resources: readonly Resource[],
  { gpusPerBeam, wanted }: { readonly gpusPerBeam: number; readonly wanted: number | 'auto' },
): readonly Slot[] {
  const cpus = resources.filter(({ kind }) => kind === 'cpu').map((resource) => slotOf([resource]));
  const groups = [...new Set(resources.map(({ host }) => host))].flatMap((host) => {
    const gpus = resources.filter((resource) => resource.kind === 'gpu' && resource.host === host);
    const count = Math.floor(gpus.length / gpusPerBeam);
    return Array.from({ length: count }, (_, n) => slotOf(gpus.slice(n * gpusPerBeam, (n + 1) * gpusPerBeam)));
  });
  const found = [...groups, ...cpus];
  const count = wanted === 'auto' ? found.length : wanted;
  return Array.from({ length: count }, (_, n) => found[n % found.length] ?? []).flat();
}

function slotOf(resources: readonly Resource[]): Slot {
  return {
    id: resources[0]?.id ?? '',
    host: resources[0]?.host ?? '',
    resourceIds: resources.map(({ id }) => id),
    gpuUuids: resources.flatMap(({ uuid }) => uuid ?? []),
  };
}
