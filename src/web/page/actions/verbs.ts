import type { CaseView } from '../../../workflow/case-view.js';

/** What an operator does to a case; each is `POST /api/cases/:id/VERB`, a rerun a retry from the first step. */
export const VERBS = ['retry', 'rerun', 'resume', 'hold', 'cancel', 'priority', 'deliver'] as const;
export type Verb = (typeof VERBS)[number];

type Judged = Pick<CaseView, 'status' | 'state' | 'finishedAt' | 'nextAttemptAt' | 'error'>;

export const isHeld = ({ status, finishedAt }: Pick<Judged, 'status' | 'finishedAt'>): boolean =>
  finishedAt === null && status.startsWith('held: ');

/** What the state of a case allows; the service judges again. */
export function verbsFor(kase: Judged, canDeliver: boolean): readonly Verb[] {
  if (kase.state === 'completed') return canDeliver ? ['rerun', 'deliver'] : ['rerun'];
  if (kase.finishedAt !== null) return ['retry'];
  if (isHeld(kase)) return ['retry', 'resume', 'cancel', 'priority'];
  const triesAgain = kase.nextAttemptAt !== null && kase.error !== null;
  return triesAgain ? ['retry', 'hold', 'cancel', 'priority'] : ['hold', 'cancel', 'priority'];
}

/** The one that most likely is wanted, for a button of its own: what puts right a case that does not go on. */
export function likelyVerb(kase: Judged): Verb | null {
  if (isHeld(kase)) return 'resume';
  if (kase.state === 'failed') return 'retry';
  return kase.finishedAt === null && kase.nextAttemptAt !== null && kase.error !== null ? 'retry' : null;
}
