import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { CaseView } from '../../../workflow/case-view.js';
import { askJson } from '../api.js';
import { ProgressBar } from '../elements/progress-bar.js';
import { StateMark } from '../elements/state-mark.js';
import { shortMoment } from '../format.js';
import { onChange } from '../live.js';
import { loaded } from '../loaded.js';
import { caseAddress } from '../router.js';
import { texts } from '../texts.js';

const words = texts.overview;
const LIMIT = '200';
const search = signal('');

const cases = loaded(() =>
  askJson<{ readonly cases: readonly CaseView[] }>(
    `/api/cases?${new URLSearchParams({ limit: LIMIT, search: search.value }).toString()}`,
  ),
);

/** What is done, what runs, what waits and why. */
export function OverviewPage(): JSX.Element {
  useEffect(() => {
    void cases.reload();
    return onChange(() => void cases.reload());
  }, []);
  const rows = cases.value.value?.cases ?? [];
  return (
    <section>
      <h1>{words.title}</h1>
      <input
        type="search"
        aria-label={words.search}
        placeholder={words.searchHint}
        value={search.value}
        onInput={(event) => {
          search.value = event.currentTarget.value;
          void cases.reload();
        }}
      />
      <table aria-label={words.title}>
        <thead>
          <tr>
            {Object.values(words.columns).map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((kase) => (
            <Row key={kase.id} kase={kase} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ kase }: { readonly kase: CaseView }): JSX.Element {
  return (
    <tr data-id={kase.id}>
      <td>
        <a href={caseAddress(kase.id)}>{kase.folder}</a>
      </td>
      <td>
        <StateMark state={kase.state} held={kase.status.startsWith('held')} />
      </td>
      <td>
        <ProgressBar value={kase.progress} label={words.columns.progress} />
      </td>
      <td class="figure">{`${String(kase.beamsDone)}/${String(kase.beamCount)}`}</td>
      <td>{kase.status}</td>
      <td>{shortMoment(kase.createdAt)}</td>
    </tr>
  );
}
