import type { Resource } from '../../src/domain/resource.js';

/** A GPU of the local host. */
export function aResource(change: Partial<Resource> = {}): Resource {
  return {
    id: 'local/GPU-1',
    host: 'local',
    kind: 'gpu',
    name: 'Model 24 GB',
    uuid: 'GPU-1',
    memoryTotalMiB: 24_564,
    memoryUsedMiB: 310,
    utilisationPercent: 0,
    temperatureC: 41,
    seenAt: 1_760_000_000_000,
    ...change,
  };
}
