import { signal } from '@preact/signals';
import type { CaseView } from '../../../workflow/case-view.js';
import { ApiError, askJson, Unreachable, wordsOf } from '../api.js';
import { texts } from '../texts.js';
import type { Verb } from './verbs.js';

export interface Order {
  readonly verb: Verb;
  readonly cases: readonly CaseView[];
}

/** What the dialog asks about; null: it is closed. */
export const asked = signal<Order | null>(null);

/** What became of the last order, for the page; `problems` name a case each. */
export const outcome = signal<{ readonly words: string; readonly problems: readonly string[] } | null>(null);

/** Long enough to be read, also aloud. */
const TOLD_MS = 10_000;

/** How far an order on several cases is; null while none is being carried out. */
export const underWay = signal<{ readonly done: number; readonly all: number } | null>(null);

/**
 * One case after the other, so that a refusal of one does not keep the others from it, and the service is not asked for
 * hundreds of things at once. When the service cannot be reached the rest is not tried.
 */
export async function carryOut({ verb, cases }: Order, body: object): Promise<void> {
  const problems: string[] = [];
  outcome.value = null;
  let done = 0;
  for (const kase of cases) {
    underWay.value = { done, all: cases.length };
    try {
      await askJson(`/api/cases/${encodeURIComponent(kase.id)}/${verb === 'rerun' ? 'retry' : verb}`, {
        method: 'POST',
        body,
      });
      done += 1;
    } catch (thrown) {
      problems.push(texts.actions.refused(`${kase.folder} (${kase.id})`, wordsOf(thrown)));
      if (thrown instanceof Unreachable || (thrown instanceof ApiError && thrown.problem.status === 401)) break;
    }
  }
  underWay.value = null;
  const told = { words: done === 0 ? '' : texts.actions.done(texts.actions.verbs[verb], done), problems };
  outcome.value = told;
  // That all went well is seen in the cases; what did not stays until it is dismissed.
  if (problems.length > 0) return;
  setTimeout(() => {
    if (outcome.value === told) outcome.value = null;
  }, TOLD_MS);
}
