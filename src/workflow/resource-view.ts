import type { Beam } from '../domain/beam.js';
import type { Resource } from '../domain/resource.js';
import { strangersOn } from './strangers.js';

/** A GPU or CPU place and what runs on it: `mqi gpus --json` and `GET /api/gpus`. Null: not told. */
export interface ResourceView {
  readonly id: string;
  readonly host: string;
  readonly kind: 'gpu' | 'cpu';
  readonly name: string;
  readonly uuid: string | null;
  /** Number of the GPU in the driver's list. */
  readonly index: number | null;
  readonly driver: string | null;
  readonly memoryTotalMiB: number | null;
  readonly memoryUsedMiB: number | null;
  readonly utilisationPercent: number | null;
  readonly temperatureC: number | null;
  readonly clockMHz: number | null;
  /** Memory errors that could not be corrected. */
  readonly eccErrors: number | null;
  readonly processes: readonly { readonly pid: number; readonly memoryMiB: number | null }[] | null;
  /** Of these, pids of programs of others that compute beside a job of ours, as far as that can be told. */
  readonly strangers: readonly number[];
  /** Why nothing is started on it, in words. */
  readonly outOfService: string | null;
  /** Why it is not free though no job of ours holds it, in words. */
  readonly occupied: string | null;
  readonly lease: { readonly caseId: string; readonly beamNumber: number; readonly attempt: number } | null;
  /** ISO 8601 UTC. */
  readonly seenAt: string;
  readonly beams: readonly { readonly caseId: string; readonly beamNumber: number; readonly progress: number }[];
}

/** What the device itself reports is in `outOfService`. */
export function resourceView({ lease, fault, seenAt, ...seen }: Resource, beams: readonly Beam[]): ResourceView {
  const [caseId = '', number] = lease?.beamId.split('/') ?? [];
  return {
    ...seen,
    processes: seen.processes?.map(({ pid, memoryMiB }) => ({ pid, memoryMiB })) ?? null,
    strangers: strangersOn(seen),
    seenAt: new Date(seenAt).toISOString(),
    lease: lease === null ? null : { caseId, beamNumber: Number(number), attempt: lease.attempt },
    beams: beams.map(({ caseId: id, beamNumber, progress }) => ({ caseId: id, beamNumber, progress })),
  };
}
