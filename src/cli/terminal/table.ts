import { plainText } from './plain-text.js';
import { fitText, padText, textWidth } from './text-width.js';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  readonly align?: 'left' | 'right';
  /** May be cut, the last one first, when the table is wider than the terminal; never below this many columns. */
  readonly shrinksTo?: number;
}

const GAP = '  ';

/**
 * Rows as aligned lines below a line of titles; cells are made safe to print.
 * @param columns width of the terminal; Infinity where the output is no terminal, so that nothing is cut
 */
export function table<Row>(rows: readonly Row[], shape: readonly Column<Row>[], columns: number): string[] {
  const cells = [
    shape.map(({ title }) => title.toUpperCase()),
    ...rows.map((row) => shape.map(({ cell }) => plainText(cell(row)))),
  ];
  const widths = fittedWidths(shape, naturalWidths(cells, shape.length), columns);
  return cells.map((line) =>
    line
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return padText(fitText(cell, width), width, shape[index]?.align);
      })
      .join(GAP)
      .trimEnd(),
  );
}

function naturalWidths(cells: readonly (readonly string[])[], count: number): number[] {
  return Array.from({ length: count }, (_, index) => Math.max(...cells.map((line) => textWidth(line[index] ?? ''))));
}

function fittedWidths(shape: readonly Column<never>[], natural: readonly number[], columns: number): number[] {
  const widths = [...natural];
  let excess = widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1)) - columns;
  for (let index = shape.length - 1; index >= 0 && excess > 0; index -= 1) {
    const least = shape[index]?.shrinksTo;
    const width = widths[index] ?? 0;
    if (least === undefined || width <= least) continue;
    const fitted = Math.max(least, width - excess);
    excess -= width - fitted;
    widths[index] = fitted;
  }
  return widths;
}
