import type { JSX } from 'preact';
import type { BeamView, CaseDetailView } from '../../../workflow/case-view.js';
import { FactsTable, type Column } from '../elements/facts-table.js';
import { ProgressBar } from '../elements/progress-bar.js';
import { clockTime } from '../format.js';
import { texts } from '../texts.js';

const words = texts.kase.beams;

const COLUMNS: readonly Column<BeamView>[] = [
  { title: words.number, cell: ({ number }) => number, isFigure: true },
  { title: words.name, cell: ({ name }) => name },
  { title: words.machine, cell: ({ machine }) => machine },
  { title: words.gantry, cell: ({ gantryAngleDeg }) => `${String(gantryAngleDeg)}°`, isFigure: true },
  { title: words.layers, cell: ({ layers }) => layers, isFigure: true },
  { title: words.spots, cell: ({ spots }) => spots, isFigure: true },
  {
    title: words.energy,
    cell: ({ energyMinMeV, energyMaxMeV }) => `${energyMinMeV.toFixed(1)}\u2011${energyMaxMeV.toFixed(1)}`,
    isFigure: true,
  },
  { title: words.state, cell: ({ state }) => state },
  {
    title: words.progress,
    cell: ({ progress, number }) => <ProgressBar value={progress} label={`${words.number} ${String(number)}`} />,
  },
  { title: words.place, cell: ({ gpu, host }) => (gpu === null ? '' : `${host ?? ''}/${gpu}`) },
  { title: words.attempt, cell: ({ attempt }) => attempt, isFigure: true },
  { title: words.result, cell: resultOrError },
];

function resultOrError({ error, resultPath, etaAt }: BeamView): string {
  if (error !== null) return error.message;
  return resultPath ?? (etaAt === undefined ? '' : texts.overview.readyAbout(clockTime(etaAt)));
}

export function Beams({ kase }: { readonly kase: CaseDetailView }): JSX.Element {
  return <FactsTable title={words.title} columns={COLUMNS} rows={kase.beams} />;
}
