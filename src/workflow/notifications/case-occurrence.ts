import type { Transition } from '../../domain/case.js';
import type { NotifiedKind, Occurrence } from '../../domain/notification.js';
import type { Moved } from '../../ports/run-feed.js';
import { withoutFileNames } from '../../domain/printable-name.js';

const WORDS = {
  failed: 'failed',
  rejected: 'was rejected',
  held: 'is held until a person acts',
  completed: 'is completed and delivered',
} as const satisfies Partial<Record<NotifiedKind, string>>;

/** Every word of ours; `reason` of a person, or remarks of a step, are left out: they are free text. */
export function caseOccurrence(moved: Moved): Occurrence | null {
  const { transition, kase } = moved;
  const kind = kindOf(transition);
  if (kind === null) return null;
  // The row holds the latest failure: that of this move, unless the case has gone on since.
  const failure = kase.error?.code === transition.reason ? kase.error : null;
  const facts = { kind, at: transition.at, subject: `case ${kase.id}`, ...ofCase(moved) };
  if (failure !== null) {
    const { message, code, remedy } = failure;
    return { ...facts, words: `${WORDS[kind]}: ${withoutFileNames(message)}`, code, remedy: withoutFileNames(remedy) };
  }
  const by = transition.actor === 'service' ? '' : ' by an operator';
  const remedy = kind === 'held' ? `mqi case ${kase.id} says why; mqi resume ${kase.id} goes on` : null;
  return { ...facts, words: `${WORDS[kind]}${by}`, code: null, remedy };
}

/** @param minutes how long nothing has changed */
export function noProgress(unmoved: Omit<Moved, 'transition'>, at: number, minutes: number): Occurrence {
  const { id, state } = unmoved.kase;
  return {
    kind: 'no-progress',
    at,
    subject: `case ${id}`,
    words: `is ${state} and has made no progress for ${String(minutes)} minutes`,
    code: null,
    remedy: `mqi case ${id} says what it waits for`,
    ...ofCase(unmoved),
  };
}

const ofCase = ({ kase, machines }: Omit<Moved, 'transition'>) => ({
  caseId: kase.id,
  run: kase.run,
  inbox: kase.inbox,
  machines,
  folder: kase.folder,
});

function kindOf({ event, to }: Transition): keyof typeof WORDS | null {
  if (event === 'hold') return 'held';
  if (event === 'fail') return 'failed';
  if (event === 'reject') return 'rejected';
  return event === 'advance' && to === 'completed' ? 'completed' : null;
}
