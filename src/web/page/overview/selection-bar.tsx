import type { JSX } from 'preact';
import { ActionButtons } from '../actions/action-buttons.js';
import { texts } from '../texts.js';
import { caseWindow, selection } from './case-list.js';

/** What may be done with all that is selected; as they are now where they are in sight. */
export function SelectionBar(): JSX.Element | null {
  const chosen = selection.value;
  if (chosen.size === 0) return null;
  const inSight = new Map((caseWindow.value.value?.cases ?? []).map((kase) => [kase.id, kase]));
  const cases = [...chosen.values()].map((kase) => inSight.get(kase.id) ?? kase);
  return (
    <div class="selection card" role="group" aria-label={texts.overview.selected(chosen.size)}>
      <strong>{texts.overview.selected(chosen.size)}</strong>
      <ActionButtons cases={cases} />
      <button
        type="button"
        class="plain"
        onClick={() => {
          selection.value = new Map();
        }}
      >
        {texts.overview.clearSelection}
      </button>
    </div>
  );
}
