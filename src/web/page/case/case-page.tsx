import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { CaseDetailView } from '../../../workflow/case-view.js';
import { ActionButtons } from '../actions/action-buttons.js';
import { ActionDialog } from '../actions/action-dialog.js';
import { OutcomeNote } from '../actions/outcome-note.js';
import { isHeld } from '../actions/verbs.js';
import { askJson } from '../api.js';
import { ProgressBar } from '../elements/progress-bar.js';
import { StateMark } from '../elements/state-mark.js';
import { moment } from '../format.js';
import { onChange } from '../live.js';
import { loaded, type Loaded } from '../loaded.js';
import { OVERVIEW } from '../router.js';
import { texts } from '../texts.js';
import { CASE_SECTIONS } from './case-sections.js';
import { withoutRemedy } from './troubles.js';

const words = texts.kase;

/** One case: what it is, how it stands, and the sections of `case-sections.ts` in their order. */
export function CasePage({ id }: { readonly id: string }): JSX.Element {
  const kase = useCase(id);
  const now = kase.value.value;
  const problem = kase.problem.value;
  return (
    <div class="case">
      <a class="back" href={OVERVIEW}>
        {words.back}
      </a>
      {problem !== null && (
        <p role="alert" class="problem">
          {texts.problem.reading(problem)}
        </p>
      )}
      {now === null ? problem === null && <p class="empty">{words.loading}</p> : <Whole kase={now} />}
      <ActionDialog />
    </div>
  );
}

/** Read anew whenever this case, or what is not known, has changed. */
function useCase(id: string): Loaded<CaseDetailView> {
  const kase = useMemo(() => loaded(() => askJson<CaseDetailView>(`/api/cases/${encodeURIComponent(id)}`)), [id]);
  useEffect(() => {
    void kase.reload();
    return onChange((ids) => {
      if (ids.length === 0 || ids.includes(id)) void kase.reload();
    });
  }, [kase, id]);
  return kase;
}

function Whole({ kase }: { readonly kase: CaseDetailView }): JSX.Element {
  return (
    <>
      <CaseHead kase={kase} />
      <OutcomeNote />
      {CASE_SECTIONS.map(({ name, Section }) => (
        <Section key={name} kase={kase} />
      ))}
    </>
  );
}

function CaseHead({ kase }: { readonly kase: CaseDetailView }): JSX.Element {
  const facts: readonly (readonly [string, string])[] = [
    [words.plan, kase.planLabel ?? ''],
    [words.run, String(kase.run)],
    [words.priority, String(kase.priority)],
    [words.created, moment(kase.createdAt)],
    [words.finished, moment(kase.finishedAt)],
  ];
  // The words of most failures stand in the status: they are not said twice.
  const isTold = kase.error !== null && kase.status.includes(kase.error.message);
  return (
    <header class="case-head">
      <h1>
        {kase.folder} <small>{kase.id}</small>
      </h1>
      <p class="case-line">
        <StateMark state={kase.state} held={isHeld(kase)} />
        <ProgressBar value={kase.progress} label={texts.overview.columns.progress} />
        {!isTold && <span class="status">{kase.status}</span>}
        <ActionButtons cases={[kase]} />
      </p>
      {kase.error !== null && (
        <p class="case-error">
          <span>{isTold ? withoutRemedy(kase.status, kase.error) : kase.error.message}</span>{' '}
          <strong>{texts.actions.toDo(kase.error.remedy)}</strong>
        </p>
      )}
      <dl class="case-facts">
        {facts
          .filter(([, value]) => value !== '')
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </header>
  );
}
