import { shareWords } from '../domain/case-folder.js';
import type { InboxState } from '../ports/inboxes.js';
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

interface Ready {
  readonly status: 'ready';
  /** The first inbox. */
  readonly intake: InboxView | null;
  /** All of them; left out where there is only one. */
  readonly inboxes?: readonly (InboxView & { readonly inbox: string })[];
}

/** Ready to take cases, and how they are noticed; a problem while a share is away: it names those that are. */
export function intakeReadiness(states: readonly InboxState[]): Ready | { readonly problem: Problem } {
  const lost = states.filter(({ lostSince }) => lostSince !== null);
  if (lost.length > 0) {
    const rest = lost.length < states.length ? '; the other inboxes are watched' : '';
    const words = `${lost.map(lossWords).join('; ')}${rest}`;
    const remedy = 'bring the share back; cases wait for it and go on by themselves';
    return { problem: problem(503, 'intake.share-lost', words, remedy) };
  }
  const [first] = states;
  return {
    status: 'ready',
    intake: first === undefined ? null : viewOf(first),
    ...(states.length > 1 && { inboxes: states.map((state) => ({ inbox: state.inbox, ...viewOf(state) })) }),
  };
}

const lossWords = ({ inbox, lostSince, lostBecause }: InboxState): string =>
  `${shareWords(inbox)} is lost since ${new Date(lostSince ?? 0).toISOString()}: ${lostBecause ?? 'unknown why'}`;

const viewOf = ({ mode, modeBecause, lastSweepAt, entries, sweepMs, calls, settling }: InboxState): InboxView => ({
  mode,
  modeBecause,
  lastSweepAt,
  entries,
  sweepMs,
  calls,
  settling: settling.length,
});
