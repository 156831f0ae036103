import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { BeamView, CaseDetailView } from '../../../workflow/case-view.js';
import { askJson } from '../api.js';
import { targets } from '../overview/targets.js';
import { texts } from '../texts.js';
import type { Order } from './order.js';
import type { Verb } from './verbs.js';

const words = texts.actions;

/** What is to be said with an action beside its cases. */
export function ActionFields({ order }: { readonly order: Order }): JSX.Element | null {
  switch (order.verb) {
    case 'retry':
      return <RetryFields order={order} />;
    case 'hold':
      return (
        <label class="field">
          {words.reason}
          <input name="reason" required maxLength={500} autocomplete="off" />
        </label>
      );
    case 'priority':
      return (
        <label class="field">
          {words.priority}
          <input
            name="priority"
            type="number"
            required
            min={-1000}
            max={1000}
            step={1}
            defaultValue={String(order.cases[0]?.priority ?? 0)}
          />
        </label>
      );
    case 'deliver':
      return <TargetField />;
    case 'rerun':
    case 'resume':
    case 'cancel':
      return null;
  }
}

/** The body of the request, as the interface takes it. */
export function bodyOf(verb: Verb, given: FormData): object {
  const text = (name: string): string => {
    const value = given.get(name);
    return typeof value === 'string' ? value.trim() : '';
  };
  const unlessEmpty = (name: string, value: string | number = text(name)): object =>
    text(name) === '' ? {} : { [name]: value };
  switch (verb) {
    case 'retry':
      return { ...unlessEmpty('beam', Number(text('beam'))), ...unlessEmpty('from') };
    case 'hold':
      return { reason: text('reason') };
    case 'priority':
      return { priority: Number(text('priority')) };
    case 'deliver':
      return unlessEmpty('target');
    case 'rerun':
      return { from: 'validate' };
    case 'resume':
    case 'cancel':
      return {};
  }
}

function RetryFields({ order: { cases } }: { readonly order: Order }): JSX.Element {
  const id = cases.length === 1 ? (cases[0]?.id ?? null) : null;
  const beams = useSignal<readonly BeamView[]>([]);
  useEffect(() => {
    if (id === null) return;
    // Where it cannot be read, the choice of a beam is left out; the retry itself will say what is wrong.
    askJson<CaseDetailView>(`/api/cases/${encodeURIComponent(id)}`).then(
      (kase) => {
        beams.value = kase.beams;
      },
      () => undefined,
    );
  }, [id]);
  return (
    <>
      <label class="field">
        {words.from}
        <select name="from">
          <option value="">{words.fromFailed}</option>
          {Object.entries(words.steps).map(([step, name]) => (
            <option key={step} value={step}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {beams.value.length > 0 && (
        <label class="field">
          {words.beam}
          <select name="beam">
            <option value="">{words.allBeams}</option>
            {beams.value.map(({ number, name }) => (
              <option key={number} value={number}>
                {words.oneBeam(number, name)}
              </option>
            ))}
          </select>
        </label>
      )}
    </>
  );
}

function TargetField(): JSX.Element {
  const known = targets.value.value ?? [];
  return (
    <label class="field">
      {words.target}
      <select name="target">
        <option value="">{words.allTargets}</option>
        {known.map(({ name }) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
