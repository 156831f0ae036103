import type { RasterValues } from './raster-values.js';

/** A piece of a line in columns and rows of a raster, from the centre of its first value. */
export type Segment = readonly [column1: number, row1: number, column2: number, row2: number];

/**
 * The line on which a raster has a value, by marching squares: straight through each square of four centres, its ends linear
 * between them. Where a square has the value on all four sides, the mean decides which corners belong together.
 */
export function isoLine({ values, columns, rows }: RasterValues, level: number): readonly Segment[] {
  const segments: Segment[] = [];
  for (let row = 0; row + 1 < rows; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      const at = row * columns + column;
      const corners: Corners = [
        values[at] ?? 0,
        values[at + 1] ?? 0,
        values[at + columns + 1] ?? 0,
        values[at + columns] ?? 0,
      ];
      addSquare(segments, corners, level, column, row);
    }
  }
  return segments;
}

/** Upper left, upper right, lower right, lower left. */
type Corners = readonly [number, number, number, number];

function addSquare(segments: Segment[], corners: Corners, level: number, column: number, row: number): void {
  const [a, b, c, d] = corners;
  const isIn = corners.map((value) => value >= level);
  if (isIn.every((one) => one === isIn[0])) return;
  const share = (from: number, to: number): number => (level - from) / (to - from);
  const edges: readonly (readonly [number, number])[] = [
    [column + share(a, b), row],
    [column + 1, row + share(b, c)],
    [column + share(d, c), row + 1],
    [column, row + share(a, d)],
  ];
  const crossed = [0, 1, 2, 3].filter((edge) => isIn[edge] !== isIn[(edge + 1) % 4]);
  const [first = 0, second = 0, third, fourth] = crossed;
  if (third === undefined || fourth === undefined) {
    segments.push(joined(edges, first, second));
    return;
  }
  // A saddle: the upper left corner goes with the lower right one, or stands alone.
  const together = (a + b + c + d) / 4 >= level === isIn[0];
  segments.push(together ? joined(edges, first, second) : joined(edges, first, fourth));
  segments.push(together ? joined(edges, third, fourth) : joined(edges, second, third));
}

function joined(edges: readonly (readonly [number, number])[], from: number, to: number): Segment {
  const [x1, y1] = edges[from] ?? [0, 0];
  const [x2, y2] = edges[to] ?? [0, 0];
  return [x1, y1, x2, y2];
}
