import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { markPointed } from '../plots/pointed.js';
import { theme } from '../theme.js';
import { colour } from './colours.js';

export interface DaySeries {
  readonly name: string;
  readonly colour: Parameters<typeof colour>[0];
  /** One for each day; null where nothing is known. */
  readonly values: readonly (number | null)[];
}

interface Plotted {
  /** What the plot shows, for those who do not see it. */
  readonly label: string;
  /** `YYYY-MM-DD`, rising. */
  readonly days: readonly string[];
  readonly series: readonly DaySeries[];
  readonly kind: 'lines' | 'bars';
  readonly unit?: string;
}

const HEIGHT_PX = 190;
/** Bars count: their scale has whole numbers only. */
const WHOLE_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000];

/** Figures over days. Bars stand on one another in the order given; a legend tells the values under the pointer. */
export function DayPlot(plotted: Plotted): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const shown = theme.value;
  const { label, days, series, kind, unit } = plotted;
  useEffect(() => {
    const box = place.current;
    if (box === null) return;
    const make = (): uPlot => new uPlot(optionsOf(plotted, box.clientWidth), dataOf(plotted), box);
    let plot = make();
    const system = matchMedia('(prefers-color-scheme: dark)');
    const again = (): void => {
      plot.destroy();
      plot = make();
    };
    const size = new ResizeObserver(() => {
      plot.setSize({ width: box.clientWidth, height: HEIGHT_PX });
    });
    size.observe(box);
    system.addEventListener('change', again);
    return () => {
      size.disconnect();
      system.removeEventListener('change', again);
      plot.destroy();
    };
  }, [shown, days, series, kind, unit]);
  return <div class="day-plot" ref={place} role="img" aria-label={label} />;
}

const at = (day: string): number => new Date(`${day}T12:00:00`).getTime() / 1000;

/** uPlot draws each series from zero: the uppermost bar is drawn first, as the sum of all below it. */
function dataOf({ days, series, kind }: Plotted): uPlot.AlignedData {
  const times = days.map(at);
  if (kind === 'lines') return [times, ...series.map(({ values }) => [...values])];
  const sums = series.map((_, i) =>
    days.map((_day, d) => series.slice(0, i + 1).reduce((sum, { values }) => sum + (values[d] ?? 0), 0)),
  );
  return [times, ...sums.reverse()];
}

function optionsOf({ days, series, kind, unit }: Plotted, width: number): uPlot.Options {
  const axis = { stroke: colour('soft'), grid: { stroke: colour('line'), width: 1 }, ticks: { show: false } };
  const drawn = kind === 'bars' ? [...series].reverse() : series;
  return {
    width,
    height: HEIGHT_PX,
    cursor: { y: false },
    hooks: { setCursor: [markPointed] },
    scales: { x: { time: true, range: () => edges(days) }, y: { range: (_plot, _least, most) => [0, top(most)] } },
    axes: [
      { ...axis, grid: { show: false }, values: (_plot, times) => times.map(shortDay) },
      {
        ...axis,
        size: 46,
        ...(kind === 'bars' ? { incrs: WHOLE_STEPS } : {}),
        ...(unit === undefined ? {} : { label: unit, labelSize: 18, labelFont: '12px system-ui' }),
      },
    ],
    series: [{ value: (_plot, time) => longDay(time) }, ...drawn.map((one) => seriesOf(one, kind))],
  };
}

/** Half a day more on either side, for the first and the last bar. */
function edges(days: readonly string[]): [number, number] {
  const half = 43_200;
  return [at(days[0] ?? '1970-01-01') - half, at(days.at(-1) ?? '1970-01-02') + half];
}

const top = (most: number | null): number => (most === null || most <= 0 ? 1 : most * 1.08);

function seriesOf({ name, colour: hue, values }: DaySeries, kind: Plotted['kind']): uPlot.Series {
  const stroke = colour(hue);
  const bars = uPlot.paths.bars?.({ size: [0.7, 48] });
  return {
    label: name,
    stroke,
    width: kind === 'bars' ? 0 : 2,
    points: { show: kind === 'lines', size: 5, fill: stroke },
    value: (_plot, _value, _series, index) => shownValue(index === null ? null : (values[index] ?? null)),
    ...(kind === 'bars' && bars !== undefined ? { fill: stroke, paths: bars } : {}),
  };
}

const shownValue = (value: number | null): string =>
  value === null ? '–' : Number.isInteger(value) ? String(value) : value.toFixed(1);

const two = (value: number): string => String(value).padStart(2, '0');

function shortDay(time: number): string {
  const day = new Date(time * 1000);
  return `${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

function longDay(time: number | null): string {
  return time === null ? '–' : `${String(new Date(time * 1000).getFullYear())}-${shortDay(time)}`;
}
