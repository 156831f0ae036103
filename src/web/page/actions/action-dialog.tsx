import type { JSX, TargetedEvent } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { texts } from '../texts.js';
import { ActionFields, bodyOf } from './action-fields.js';
import { asked, carryOut, underWay, type Order } from './order.js';

const words = texts.actions;
const SHOWN_NAMES = 5;

/** Asks before anything is done. Escape and *Back* do nothing; the browser puts the focus back where it was. */
export function ActionDialog(): JSX.Element | null {
  const order = asked.value;
  return order === null ? null : <Question key={order.verb} order={order} />;
}

function Question({ order }: { readonly order: Order }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const close = (): void => {
    dialog.current?.close();
  };
  const confirm = (event: TargetedEvent<HTMLFormElement>): void => {
    event.preventDefault();
    void carryOut(order, bodyOf(order.verb, new FormData(event.currentTarget))).then(close);
  };
  const { verb, cases } = order;
  const what = cases.length === 1 ? (cases[0]?.folder ?? '') : words.cases(cases.length);
  const going = underWay.value;
  return (
    <dialog
      ref={dialog}
      aria-labelledby="action-title"
      aria-describedby="action-words"
      onClose={() => {
        asked.value = null;
      }}
    >
      <form onSubmit={confirm}>
        <h2 id="action-title">{words.titles[verb](what)}</h2>
        {cases.length > 1 && <Names order={order} />}
        <p id="action-words">{words.explanations[verb]}</p>
        <ActionFields order={order} />
        <p role="status" class="fine">
          {going !== null && going.all > 1 ? words.doing(going.done, going.all) : ''}
        </p>
        <div class="dialog-end">
          <button type="button" onClick={close} disabled={going !== null}>
            {words.back}
          </button>
          <button class={verb === 'cancel' ? 'primary danger' : 'primary'} disabled={going !== null}>
            {words.verbs[verb]}
          </button>
        </div>
      </form>
    </dialog>
  );
}

function Names({ order: { cases } }: { readonly order: Order }): JSX.Element {
  const more = cases.length - SHOWN_NAMES;
  return (
    <ul class="names">
      {cases.slice(0, SHOWN_NAMES).map(({ id, folder }) => (
        <li key={id}>{folder}</li>
      ))}
      {more > 0 && <li class="fine">{words.andMore(more)}</li>}
    </ul>
  );
}
