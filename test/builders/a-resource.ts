import type { Resource } from '../../src/domain/resource.js';

/** A GPU of the local host, in service and free. */
export function aResource(change: Partial<Resource> = {}): Resource {
  return {
    id: 'local/GPU-1',
    host: 'local',
    kind: 'gpu',
    name: 'Model 24 GB',
    uuid: 'GPU-1',
    index: 0,
    driver: '550.54.14',
    memoryTotalMiB: 24_564,
    memoryUsedMiB: 310,
    utilisationPercent: 0,
    temperatureC: 41,
    clockMHz: 210,
    eccErrors: null,
    processes: [],
    fault: null,
    outOfService: null,
    occupied: null,
    lease: null,
    seenAt: 1_760_000_000_000,
    ...change,
  };
}
