import type { JSX } from 'preact';
import type { CaseView } from '../../../workflow/case-view.js';
import { ActionButton } from '../actions/action-buttons.js';
import { isHeld, likelyVerb } from '../actions/verbs.js';
import { ProgressBar } from '../elements/progress-bar.js';
import { StateMark } from '../elements/state-mark.js';
import { clockTime, shortMoment } from '../format.js';
import { caseAddress } from '../router.js';
import { mayAct } from '../session.js';
import { texts } from '../texts.js';
import { select, selection, type BeamBar } from './case-list.js';

const words = texts.overview;

interface OneRow {
  readonly kase: CaseView;
  /** From 0, in the whole list. */
  readonly index: number;
  readonly beams: readonly BeamBar[];
}

/** One case; of fixed height, so that the list knows where each lies without drawing it. */
export function CaseRow({ kase, index, beams }: OneRow): JSX.Element {
  const waits = kase.waitingFor !== null || (kase.nextAttemptAt !== null && kase.finishedAt === null);
  const why = kase.error?.remedy ?? '';
  const below = next(kase) || why;
  return (
    <div role="row" class="row" aria-rowindex={index + 2} data-id={kase.id}>
      <span role="cell" class="c-select">
        {mayAct.value && <Choice kase={kase} />}
      </span>
      <span role="cell" class="c-case">
        <a class="one-line" href={caseAddress(kase.id)} title={kase.folder}>
          {kase.folder}
        </a>
        <small class="one-line">{detailsOf(kase)}</small>
      </span>
      <span role="cell" class="c-state">
        <StateMark state={kase.state} held={isHeld(kase)} />
      </span>
      <span role="cell" class="c-progress">
        <ProgressBar value={kase.progress} label={`${words.columns.progress}, ${kase.folder}`} />
        <Beams kase={kase} beams={beams} />
      </span>
      <span role="cell" class={`c-happens ${waits ? 'waits' : ''}`}>
        <span class={below === '' ? 'two-lines' : 'one-line'} title={kase.status}>
          {kase.status}
        </span>
        {below !== '' && (
          <small class="one-line" title={why}>
            {below}
          </small>
        )}
      </span>
      <span role="cell" class="c-created">
        {shortMoment(kase.createdAt)}
      </span>
      <span role="cell" class="c-actions">
        <Likely kase={kase} />
      </span>
    </div>
  );
}

function Choice({ kase }: { readonly kase: CaseView }): JSX.Element {
  return (
    <input
      type="checkbox"
      aria-label={words.select(kase.folder)}
      checked={selection.value.has(kase.id)}
      onChange={(event) => {
        select(kase, event.currentTarget.checked);
      }}
    />
  );
}

function Likely({ kase }: { readonly kase: CaseView }): JSX.Element | null {
  const verb = likelyVerb(kase);
  if (verb === null || !mayAct.value) return null;
  return <ActionButton verb={verb} cases={[kase]} label={`${texts.actions.verbs[verb]} ${kase.folder}`} />;
}

function detailsOf({ id, run, inbox, planLabel, duplicateOf }: CaseView): string {
  const parts = [
    planLabel === null ? null : words.plan(planLabel),
    run > 1 ? words.run(run) : null,
    inbox === '' ? null : words.inbox(inbox),
    duplicateOf === null ? null : words.duplicate(duplicateOf),
    id,
  ];
  return parts.filter((part) => part !== null).join(' · ');
}

/** Of a case that waits for files nothing: when they are looked for again is no news, why it waits is. */
function next({ nextAttemptAt, etaAt, finishedAt, waitingFor, state }: CaseView): string {
  if (finishedAt !== null || (waitingFor !== null && state === 'registered')) return '';
  if (nextAttemptAt !== null) return words.nextAttempt(clockTime(nextAttemptAt));
  return etaAt === undefined ? '' : words.readyAbout(clockTime(etaAt));
}

/** A bar for each beam while its dose is calculated, else how many are done. */
function Beams({ kase, beams }: Pick<OneRow, 'kase' | 'beams'>): JSX.Element {
  const done = kase.beamCount === 0 ? '' : `${String(kase.beamsDone)}/${String(kase.beamCount)}`;
  return (
    <span class="beams">
      {beams.map(({ beamNumber, state, progress }) => (
        <progress
          key={beamNumber}
          class={`beam ${state}`}
          max={100}
          value={state === 'converted' ? 100 : progress}
          aria-label={words.beamBar(beamNumber, state)}
        />
      ))}
      <small class="figure">{done}</small>
    </span>
  );
}
