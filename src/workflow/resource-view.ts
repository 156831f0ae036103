import type { Beam } from '../domain/beam.js';
import type { Resource } from '../domain/resource.js';

/** A GPU or CPU place and what runs on it: `mqi gpus --json` and `GET /api/gpus`. */
export interface ResourceView {
  readonly id: string;
  readonly host: string;
  readonly kind: 'gpu' | 'cpu';
  readonly name: string;
  readonly uuid: string | null;
  readonly memoryTotalMiB: number | null;
  readonly memoryUsedMiB: number | null;
  readonly utilisationPercent: number | null;
  readonly temperatureC: number | null;
  /** ISO 8601 UTC. */
  readonly seenAt: string;
  readonly beams: readonly { readonly caseId: string; readonly beamNumber: number; readonly progress: number }[];
}

export function resourceView(resource: Resource, beams: readonly Beam[]): ResourceView {
  return {
    id: resource.id,
    host: resource.host,
    kind: resource.kind,
    name: resource.name,
    uuid: resource.uuid,
    memoryTotalMiB: resource.memoryTotalMiB,
    memoryUsedMiB: resource.memoryUsedMiB,
    utilisationPercent: resource.utilisationPercent,
    temperatureC: resource.temperatureC,
    seenAt: new Date(resource.seenAt).toISOString(),
    beams: beams.map(({ caseId, beamNumber, progress }) => ({ caseId, beamNumber, progress })),
  };
}
