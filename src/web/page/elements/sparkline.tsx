import type { JSX } from 'preact';

const WIDTH = 100;
const HEIGHT = 22;

interface Series {
  /** Oldest first, at equal distances; null where nothing is known: the line has a gap there. */
  readonly values: readonly (number | null)[];
  /** The lower and upper edge of the plot. */
  readonly least: number;
  readonly most: number;
}

/** A small line plot without axes; the figure beside it says the present value, so it is hidden from screen readers. */
export function Sparkline({ values, least, most }: Series): JSX.Element {
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${String(WIDTH)} ${String(HEIGHT)}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path d={pathOf(values, least, most)} vector-effect="non-scaling-stroke" />
    </svg>
  );
}

function pathOf(values: readonly (number | null)[], least: number, most: number): string {
  const step = WIDTH / Math.max(1, values.length - 1);
  const y = (value: number): string => {
    const share = Math.min(1, Math.max(0, (value - least) / (most - least)));
    return (HEIGHT - 1 - share * (HEIGHT - 2)).toFixed(1);
  };
  let isDrawing = false;
  return values
    .map((value, i) => {
      const before = isDrawing;
      isDrawing = value !== null;
      return value === null ? '' : `${before ? 'L' : 'M'}${(i * step).toFixed(1)} ${y(value)}`;
    })
    .join('');
}
