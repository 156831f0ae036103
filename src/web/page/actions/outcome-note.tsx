import type { JSX } from 'preact';
import { texts } from '../texts.js';
import { outcome } from './order.js';

/** What became of the last order; read out. */
export function OutcomeNote(): JSX.Element {
  const now = outcome.value;
  return (
    <div role="status" class="outcome">
      {now !== null && (
        <div class={`banner ${now.problems.length === 0 ? 'good' : 'bad'}`} data-banner="outcome">
          <div>
            {now.words !== '' && <p>{now.words}</p>}
            {now.problems.map((problem) => (
              <p key={problem}>{problem}</p>
            ))}
          </div>
          <button
            type="button"
            class="plain"
            onClick={() => {
              outcome.value = null;
            }}
          >
            {texts.actions.dismiss}
          </button>
        </div>
      )}
    </div>
  );
}
