import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { ActionDialog } from '../actions/action-dialog.js';
import { OutcomeNote } from '../actions/outcome-note.js';
import { connection, onChange } from '../live.js';
import { texts } from '../texts.js';
import { caseWindow } from './case-list.js';
import { CaseTable } from './case-table.js';
import { askedFor } from './case-filter.js';
import { FilterBar } from './filter-bar.js';
import { overview, places, trail } from './overview-data.js';
import { SelectionBar } from './selection-bar.js';
import { Surroundings } from './surroundings.js';
import { targets } from './targets.js';

/** What no event tells of (disk, temperatures, folders that arrive, targets) is looked at again so often. */
const LOOK_MS = 2000;
const SLOW_LOOK_MS = 10_000;

/** What is done, what runs, what waits and why. */
export function OverviewPage(): JSX.Element {
  useReadings();
  useEffect(() => askedFor.subscribe(() => void caseWindow.reload()), []);
  const problem = caseWindow.problem.value;
  return (
    <div class="overview">
      <section class="cases" aria-labelledby="cases-title">
        <h1 id="cases-title" class="only-read">
          {texts.overview.title}
        </h1>
        <FilterBar />
        <OutcomeNote />
        {problem !== null && connection.value === 'live' && (
          <p role="alert" class="problem">
            {texts.problem.reading(problem)}
          </p>
        )}
        <CaseTable />
        <SelectionBar />
      </section>
      <Surroundings />
      <ActionDialog />
    </div>
  );
}

function useReadings(): void {
  useEffect(() => {
    const lookAround = (): void => {
      for (const each of [overview, places]) void each.reload();
    };
    const lookFar = (): void => {
      for (const each of [targets, trail]) void each.reload();
    };
    lookAround();
    lookFar();
    const unlisten = onChange(() => {
      void caseWindow.reload();
      lookAround();
    });
    const timer = setInterval(lookAround, LOOK_MS);
    const slowTimer = setInterval(lookFar, SLOW_LOOK_MS);
    return () => {
      unlisten();
      clearInterval(timer);
      clearInterval(slowTimer);
    };
  }, []);
}
