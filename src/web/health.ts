import type { InboxState } from '../ports/inboxes.js';
import type { ReadinessCheck } from '../workflow/readiness.js';
import { problem, type Problem } from './problem.js';

/** How one inbox is watched; names no folder. */
interface InboxView {
  readonly mode: 'events' | 'poll';
  readonly modeBecause: string;
  readonly lastSweepAt: number | null;
  readonly entries: number;
  readonly sweepMs: number | null;
  readonly calls: number | null;
  readonly settling: number;
}

/** Of `/readyz`, while nothing keeps the service from its work. */
export interface Ready {
  readonly status: 'ready';
  /** The first inbox. */
  readonly intake: InboxView | null;
  /** All of them; left out where there is only one. */
  readonly inboxes?: readonly (InboxView & { readonly inbox: string })[];
  readonly checks: readonly ReadinessCheck[];
}

/** Of `/healthz`. */
export interface Health {
  readonly status: 'ok';
  readonly uptimeSeconds: number;
  readonly memoryBytes: number;
}

/** That this is answered says that the event loop turns; it asks nothing else, so that no database restarts a service. */
export const healthy = (): Health => ({
  status: 'ok',
  uptimeSeconds: Math.round(process.uptime()),
  memoryBytes: process.memoryUsage.rss(),
});

/** Ready to take cases, and how they are noticed; a problem while a check has failed: it says why, in words. */
export function readyView(
  checks: readonly ReadinessCheck[],
  states: readonly InboxState[],
): Ready | { readonly problem: Problem } {
  const failed = checks.filter(({ state }) => state === 'fail');
  const [worst] = failed;
  if (worst !== undefined) {
    const words = failed.map((check) => check.words).join('; ');
    return { problem: problem(503, worst.code ?? 'service.not-ready', words, worst.remedy ?? 'see mqi doctor') };
  }
  const [first] = states;
  return {
    status: 'ready',
    intake: first === undefined ? null : viewOf(first),
    ...(states.length > 1 && { inboxes: states.map((state) => ({ inbox: state.inbox, ...viewOf(state) })) }),
    checks,
  };
}

const viewOf = ({ mode, modeBecause, lastSweepAt, entries, sweepMs, calls, settling }: InboxState): InboxView => ({
  mode,
  modeBecause,
  lastSweepAt,
  entries,
  sweepMs,
  calls,
  settling: settling.length,
});
