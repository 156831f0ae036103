import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { BeamView, CaseDetailView } from '../../../workflow/case-view.js';
import { FactsTable, type Column } from '../elements/facts-table.js';
import { ProgressBar } from '../elements/progress-bar.js';
import { clockTime, moment } from '../format.js';
import { texts } from '../texts.js';
import { DosePanel } from './dose/dose-panel.js';
import { LayersPanel } from './layers/layers-panel.js';

const words = texts.kase.beams;

/** The beams as a table; of the chosen one its layers and, once there is one, its dose. */
export function Beams({ kase }: { readonly kase: CaseDetailView }): JSX.Element | null {
  const [number, choose] = useState<number | null>(null);
  const chosen = kase.beams.find((beam) => beam.number === number) ?? kase.beams[0];
  if (chosen === undefined) return null;
  return (
    <>
      <FactsTable title={words.title} columns={columnsFor(chosen, choose)} rows={kase.beams} />
      {isInterpreted(kase) && <LayersPanel key={`layers ${String(chosen.number)}`} caseId={kase.id} beam={chosen} />}
      {chosen.state === 'converted' && (
        <DosePanel key={`dose ${String(chosen.number)}`} caseId={kase.id} beam={chosen} planDone={hasPlanDose(kase)} />
      )}
    </>
  );
}

/** Beams have no input before. A case that ended early may have none either; the panel then says so. */
const isInterpreted = ({ state }: CaseDetailView): boolean => state !== 'registered' && state !== 'validated';
const hasPlanDose = ({ state }: CaseDetailView): boolean => state === 'assembled' || state === 'completed';

function columnsFor(chosen: BeamView, choose: (number: number) => void): readonly Column<BeamView>[] {
  const number: Column<BeamView> = {
    title: words.number,
    cell: (beam) => (
      <button
        type="button"
        class="plain beam-choice"
        aria-pressed={beam === chosen}
        aria-label={words.show(beam.number)}
        onClick={() => {
          choose(beam.number);
        }}
      >
        {beam.number}
      </button>
    ),
    isFigure: true,
  };
  return [number, ...COLUMNS];
}

const COLUMNS: readonly Column<BeamView>[] = [
  { title: words.name, cell: ({ name }) => <span class="unbroken">{name}</span> },
  { title: words.machine, cell: ({ machine }) => machine },
  { title: words.gantry, cell: ({ gantryAngleDeg }) => `${String(gantryAngleDeg)}°`, isFigure: true },
  { title: words.layers, cell: ({ layers }) => layers, isFigure: true },
  { title: words.spots, cell: ({ spots }) => spots, isFigure: true },
  { title: words.meterset, cell: ({ meterset }) => Number(meterset.toPrecision(6)).toString(), isFigure: true },
  {
    title: words.energy,
    cell: ({ energyMinMeV, energyMaxMeV }) => `${energyMinMeV.toFixed(1)}\u2011${energyMaxMeV.toFixed(1)}`,
    isFigure: true,
  },
  { title: words.state, cell: ({ state }) => <span class={`beam-state ${state}`}>{state}</span> },
  {
    title: words.progress,
    cell: ({ progress, number }) => <ProgressBar value={progress} label={`${words.number} ${String(number)}`} />,
  },
  {
    title: words.place,
    cell: ({ gpu, host }) => <span class="unbroken">{gpu === null ? '' : `${host ?? ''}/${gpu}`}</span>,
  },
  { title: words.attempt, cell: ({ attempt }) => attempt, isFigure: true },
  { title: words.result, cell: resultOrError },
];

function resultOrError({ error, state, finishedAt, etaAt }: BeamView): string {
  if (error !== null) return error.message;
  if (state === 'converted') return words.doneAt(moment(finishedAt));
  return etaAt === undefined ? '' : texts.overview.readyAbout(clockTime(etaAt));
}
