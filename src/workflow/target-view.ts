import type { Case } from '../domain/case.js';
import type { Failure } from '../domain/errors.js';
import type { EpochMs } from '../domain/time.js';
import type { TargetRecord } from '../ports/case-queries.js';
import type { KnownTarget } from '../ports/target-store.js';

/** An upload target: `mqi targets --json` and `GET /api/targets`. Times are ISO 8601 UTC. */
export interface TargetView {
  readonly name: string;
  readonly kind: string;
  readonly optional: boolean;
  readonly state: 'working' | 'down' | 'unknown';
  /** Cases that are still to be delivered there, held ones left out. */
  readonly waiting: number;
  readonly lastSuccessAt: string | null;
  readonly lastFailureAt: string | null;
  /** When it is tried again; null unless it is down. */
  readonly nextProbeAt: string | null;
  /** Why it is down; null unless it is. */
  readonly error: Failure | null;
}

export function targetView({ kind, optional, target, waiting }: TargetRecord): TargetView {
  const { name, state, lastSuccessAt, lastFailureAt, nextProbeAt, error } = target;
  return {
    name,
    kind: kind ?? 'unknown',
    optional,
    state,
    waiting,
    lastSuccessAt: instant(lastSuccessAt),
    lastFailureAt: instant(lastFailureAt),
    nextProbeAt: instant(nextProbeAt),
    error,
  };
}

/** As `targetView`, of a target that no service has seen yet. */
export const unseenTarget = ({ name, kind, optional }: KnownTarget): TargetView => ({
  name,
  kind,
  optional,
  state: 'unknown',
  waiting: 0,
  lastSuccessAt: null,
  lastFailureAt: null,
  nextProbeAt: null,
  error: null,
});

/** When a target that the case waits for is tried next; null where it waits for none that is down. */
export function nextProbeFor(
  { state, waitingFor, heldBecause }: Case,
  probes: ReadonlyMap<string, EpochMs>,
): EpochMs | null {
  if (state !== 'assembled' || waitingFor === null || heldBecause !== null) return null;
  const times = [...probes].filter(([name]) => waitingFor.includes(`target ${name} `)).map(([, at]) => at);
  return times.length === 0 ? null : Math.min(...times);
}

const instant = (at: EpochMs | null): string | null => (at === null ? null : new Date(at).toISOString());
