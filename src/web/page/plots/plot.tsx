import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { coloursVersion, pageColour } from './colours.js';
import { markPointed } from './pointed.js';
import { useWidth } from './size-of.js';

type PlotOptions = Omit<uPlot.Options, 'width' | 'height'>;

interface Props {
  readonly data: uPlot.AlignedData;
  /** All but the size; made anew only when `data` or this is another object: keep it with useMemo. */
  readonly options: PlotOptions;
  readonly height: number;
  /** What is to be seen, with figures, for those who do not see it. */
  readonly label: string;
}

/** A plot as wide as its place. */
export function Plot({ data, options, height, label }: Props): JSX.Element {
  const { ref, width } = useWidth<HTMLDivElement>();
  const plot = useRef<uPlot | null>(null);
  const version = coloursVersion.value;
  useEffect(() => {
    if (ref.current === null || width === 0) return undefined;
    const hooks = { ...options.hooks, setCursor: [markPointed] };
    const made = new uPlot({ ...options, hooks, width, height }, data, ref.current);
    plot.current = made;
    return () => {
      made.destroy();
    };
    // Made anew in other colours too: the legend keeps those it was made with.
  }, [data, options, width === 0, version]);
  useEffect(() => {
    if (width > 0) plot.current?.setSize({ width, height });
  }, [width, height]);
  return <div class="plot" ref={ref} role="img" aria-label={label} />;
}

/** An axis in the page's colours. */
export function axis(label: string, more: uPlot.Axis = {}): uPlot.Axis {
  return {
    label,
    labelSize: 20,
    size: 48,
    labelFont: '12px system-ui, sans-serif',
    font: '11px system-ui, sans-serif',
    stroke: () => pageColour('soft'),
    grid: { stroke: () => pageColour('line'), width: 1 },
    ticks: { stroke: () => pageColour('line'), width: 1, size: 5 },
    ...more,
  };
}

/** uPlot's enumeration of sides is a type without values: at the right is 1. */
const AT_THE_RIGHT: object = { side: 1 };

export const rightAxis = (label: string, more: uPlot.Axis = {}): uPlot.Axis => ({
  ...axis(label, more),
  ...AT_THE_RIGHT,
});

/** A line in a colour of the page, named as in base.css. */
export function line(label: string, colour: string, more: uPlot.Series = {}): uPlot.Series {
  return { label, stroke: () => pageColour(colour), width: 1.6, points: { show: false }, ...more };
}
