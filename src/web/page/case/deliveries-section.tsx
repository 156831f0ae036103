import type { JSX } from 'preact';
import type { CaseDetailView } from '../../../workflow/case-view.js';
import { FactsTable, type Column } from '../elements/facts-table.js';
import { texts } from '../texts.js';
import { DeliveredPlots } from './delivered-plot.js';

const words = texts.kase.deliveries;
type Delivery = CaseDetailView['deliveries'][number];

const digits = (value: number | null, count: number): string => (value === null ? '' : value.toFixed(count));

const COLUMNS: readonly Column<Delivery>[] = [
  { title: words.fraction, cell: ({ fraction, fractionStatus }) => `${String(fraction)} (${fractionStatus})` },
  { title: words.beam, cell: ({ beamNumber }) => beamNumber, isFigure: true },
  {
    title: words.layers,
    cell: ({ layersDelivered: done, layersPlanned: of }) =>
      done === null ? '' : `${String(done)}/${String(of ?? '')}`,
    isFigure: true,
  },
  { title: words.missing, cell: ({ missingLayers }) => missingLayers.join(' ') },
  { title: words.mean, cell: ({ positionMeanMm }) => digits(positionMeanMm, 3), isFigure: true },
  { title: words.sigma, cell: ({ positionSigmaMm }) => digits(positionSigmaMm, 3), isFigure: true },
  { title: words.most, cell: ({ positionMaxMm }) => digits(positionMaxMm, 3), isFigure: true },
  {
    title: words.meterset,
    cell: ({ metersetDifferencePercent }) => digits(metersetDifferencePercent, 2),
    isFigure: true,
  },
  { title: words.remark, cell: ({ problem }) => problem },
];

export function Deliveries({ kase }: { readonly kase: CaseDetailView }): JSX.Element | null {
  if (kase.deliveries.length === 0) return null;
  return (
    <>
      <FactsTable title={words.title} columns={COLUMNS} rows={kase.deliveries} />
      <DeliveredPlots kase={kase} />
    </>
  );
}
