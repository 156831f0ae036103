import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import type { LayerComparison } from '../../../domain/delivery-comparison.js';
import type { CaseDetailView } from '../../../workflow/case-view.js';
import type { DeliveredLayers } from '../../../workflow/delivered-layers-view.js';
import { axis, line, Plot, rightAxis } from '../plots/plot.js';
import { texts } from '../texts.js';
import { casePath, useLoaded } from './use-loaded.js';

const words = texts.delivered;

/** Planned against delivered of one beam in one fraction, layer by layer. */
export function DeliveredPlots({ kase }: { readonly kase: CaseDetailView }): JSX.Element | null {
  const read = useLoaded<{ readonly deliveries: readonly DeliveredLayers[] }>(
    casePath(kase.id, 'deliveries'),
    kase.updatedAt,
  );
  const [chosen, choose] = useState(0);
  const deliveries = read.value.value?.deliveries ?? [];
  const shown = deliveries[Math.min(chosen, deliveries.length - 1)];
  if (shown === undefined) return read.problem.value === null ? null : <p class="problem">{read.problem.value}</p>;
  return (
    <div class="panel delivered">
      <div class="panel-head">
        <label class="check">
          {words.choose}
          <select
            value={String(chosen)}
            onChange={(event) => {
              choose(Number(event.currentTarget.value));
            }}
          >
            {deliveries.map(({ fraction, beamNumber }, i) => (
              <option key={i} value={String(i)}>
                {words.one(fraction, beamNumber)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div class="plots-row">
        <MetersetPlot delivered={shown} />
        <PositionPlot delivered={shown} />
      </div>
    </div>
  );
}

function differencePercent({ metersetDifference, plannedMeterset }: LayerComparison): number | null {
  return metersetDifference === null || plannedMeterset === 0 ? null : (100 * metersetDifference) / plannedMeterset;
}

interface Shown {
  readonly delivered: DeliveredLayers;
}

function MetersetPlot({ delivered: { layers, missingLayers } }: Shown): JSX.Element {
  const data = useMemo(
    (): uPlot.AlignedData => [
      layers.map(({ layerNumber }) => layerNumber),
      layers.map(({ plannedMeterset }) => plannedMeterset),
      layers.map(({ deliveredMeterset }) => deliveredMeterset),
      layers.map(differencePercent),
    ],
    [layers],
  );
  const differences = layers.map(({ metersetDifference }) => Math.abs(metersetDifference ?? 0));
  return (
    <figure>
      <figcaption>{words.meterset}</figcaption>
      <Plot
        data={data}
        options={METERSET}
        height={200}
        label={words.metersetLabel(layers.length, missingLayers.length, Math.max(0, ...differences).toPrecision(3))}
      />
    </figure>
  );
}

function PositionPlot({ delivered: { layers } }: Shown): JSX.Element {
  const data = useMemo(
    (): uPlot.AlignedData => [
      layers.map(({ layerNumber }) => layerNumber),
      layers.map(({ position }) => position?.meanMm ?? null),
      layers.map(({ position }) => position?.maxMm ?? null),
    ],
    [layers],
  );
  const most = Math.max(0, ...layers.map(({ position }) => position?.maxMm ?? 0));
  return (
    <figure>
      <figcaption>{words.position}</figcaption>
      <Plot data={data} options={POSITION} height={200} label={words.positionLabel(most.toFixed(2))} />
    </figure>
  );
}

const fromZero = (_plot: uPlot, _least: number, most: number): uPlot.Range.MinMax => [0, most > 0 ? most * 1.1 : 1];
/** Equally far to both sides, and never so near that rounding looks like a difference. */
const aroundZero = (_plot: uPlot, least: number, most: number): uPlot.Range.MinMax => {
  const far = Math.max(0.5, Math.abs(least), Math.abs(most)) * 1.1;
  return [-far, far];
};
const points = { points: { show: true, size: 5 } };
const three = (_plot: uPlot, raw: number | null): string => (raw === null ? '' : raw.toPrecision(4));

const METERSET: Omit<uPlot.Options, 'width' | 'height'> = {
  scales: { x: { time: false }, y: { range: fromZero }, difference: { range: aroundZero } },
  axes: [
    axis(words.layer, { size: 34 }),
    axis(words.metersetAxis),
    rightAxis('%', { scale: 'difference', grid: { show: false } }),
  ],
  series: [
    { label: words.layer },
    line(words.planned, 'soft', { value: three, width: 3 }),
    line(words.deliveredLine, 'accent', { value: three, ...points }),
    line(words.difference, 'warn', { value: three, scale: 'difference', dash: [4, 3], ...points }),
  ],
};

const POSITION: Omit<uPlot.Options, 'width' | 'height'> = {
  scales: { x: { time: false }, y: { range: fromZero } },
  axes: [axis(words.layer, { size: 34 }), axis('mm')],
  series: [
    { label: words.layer },
    line(words.mean, 'accent', { value: three, ...points }),
    line(words.most, 'warn', { value: three, ...points }),
  ],
};
