import type { JSX } from 'preact';
import type { CaseView } from '../../../workflow/case-view.js';
import { mayAct } from '../session.js';
import { targets } from '../overview/targets.js';
import { texts } from '../texts.js';
import { asked } from './order.js';
import { VERBS, verbsFor, type Verb } from './verbs.js';

const words = texts.actions.verbs;

/** Every action that at least one of these cases allows, and only for those whose role may act. */
export function ActionButtons({ cases }: { readonly cases: readonly CaseView[] }): JSX.Element | null {
  if (!mayAct.value || cases.length === 0) return null;
  const canDeliver = targets.value.value !== null;
  const allowing = (verb: Verb): readonly CaseView[] =>
    cases.filter((kase) => verbsFor(kase, canDeliver).includes(verb));
  return (
    <span class="actions" role="group" aria-label={texts.overview.actions}>
      {VERBS.filter((verb) => allowing(verb).length > 0).map((verb) => (
        <ActionButton key={verb} verb={verb} cases={allowing(verb)} />
      ))}
    </span>
  );
}

interface OneAction {
  readonly verb: Verb;
  readonly cases: readonly CaseView[];
  readonly label?: string;
}

/** Opens the dialog that asks for confirmation. */
export function ActionButton({ verb, cases, label }: OneAction): JSX.Element {
  return (
    <button
      type="button"
      data-verb={verb}
      class={verb === 'cancel' ? 'danger' : ''}
      {...(label === undefined ? {} : { 'aria-label': label })}
      onClick={() => {
        asked.value = { verb, cases };
      }}
    >
      {words[verb]}
    </button>
  );
}
