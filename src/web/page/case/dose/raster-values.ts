import type { Raster } from '../../../../ports/case-pictures.js';

/** A raster with its values taken out of their text. */
export interface RasterValues extends Omit<Raster, 'values'> {
  readonly values: Uint16Array | Int16Array;
}

/** Counts of dose have no sign, HU have. */
export function rasterValues(raster: Raster, kind: 'dose' | 'ct'): RasterValues {
  const bytes = Uint8Array.from(atob(raster.values), (character) => character.charCodeAt(0));
  const values = kind === 'dose' ? new Uint16Array(bytes.buffer) : new Int16Array(bytes.buffer);
  return { ...raster, values };
}

/** Value nearest to a place of the plane, mm along columns and rows; null outside. */
export function valueNear(raster: RasterValues, columnMm: number, rowMm: number): number | null {
  const column = Math.round((columnMm - raster.originMm[0]) / raster.spacingMm[0]);
  const row = Math.round((rowMm - raster.originMm[1]) / raster.spacingMm[1]);
  if (column < 0 || column >= raster.columns || row < 0 || row >= raster.rows) return null;
  return raster.values[row * raster.columns + column] ?? null;
}

/** A part of a plane, mm: edges along columns, and along rows from top to bottom (which may fall). */
export interface Extent {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The outer faces of a raster. */
export function extentOf({ originMm, spacingMm, columns, rows }: RasterValues): Extent {
  const [left, top] = [originMm[0] - spacingMm[0] / 2, originMm[1] - spacingMm[1] / 2];
  return { left, top, right: left + columns * spacingMm[0], bottom: top + rows * spacingMm[1] };
}

/** The smallest part with all values from a level on, and a margin around it, within the raster; null where there is none. */
export function extentOfDose(raster: RasterValues, level: number, marginMm: number): Extent | null {
  const { values, columns, spacingMm, originMm } = raster;
  let [least, most, first, last] = [Infinity, -Infinity, Infinity, -Infinity];
  values.forEach((value, i) => {
    if (value < level) return;
    const column = i % columns;
    least = Math.min(least, column);
    most = Math.max(most, column);
    first = Math.min(first, Math.floor(i / columns));
    last = Math.floor(i / columns);
  });
  if (most < least) return null;
  const whole = extentOf(raster);
  const down = Math.sign(spacingMm[1]);
  const top = originMm[1] + (first - 0.5) * spacingMm[1] - down * marginMm;
  const bottom = originMm[1] + (last + 0.5) * spacingMm[1] + down * marginMm;
  return {
    left: Math.max(whole.left, originMm[0] + (least - 0.5) * spacingMm[0] - marginMm),
    right: Math.min(whole.right, originMm[0] + (most + 0.5) * spacingMm[0] + marginMm),
    top: down > 0 ? Math.max(whole.top, top) : Math.min(whole.top, top),
    bottom: down > 0 ? Math.min(whole.bottom, bottom) : Math.max(whole.bottom, bottom),
  };
}
