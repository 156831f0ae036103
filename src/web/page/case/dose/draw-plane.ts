import { doseColour } from './colour-map.js';
import { isoLine } from './isodose-lines.js';
import { extentOf, type Extent, type RasterValues } from './raster-values.js';

/** Shares of the largest dose that get a line, and its colour: unlike the wash, told apart at a glance. */
export const ISODOSES: readonly { readonly share: number; readonly colour: string }[] = [
  { share: 0.95, colour: '#ffffff' },
  { share: 0.9, colour: '#ffe14d' },
  { share: 0.8, colour: '#7cf29a' },
  { share: 0.5, colour: '#4dd2ff' },
  { share: 0.3, colour: '#b9a1ff' },
  { share: 0.1, colour: '#ff9ad5' },
];
/** Below this share of the largest dose nothing is laid over what is beneath. */
export const LEAST_SHOWN = 0.03;

export interface PlaneToDraw {
  readonly dose: RasterValues;
  readonly ct: RasterValues | null;
  /** Counts of the largest dose: the end of the colour scale. */
  readonly fullScale: number;
  /** HU that are black and white. */
  readonly window: readonly [black: number, white: number];
  /** What is to be seen at least; shown with equal millimetres across and down. */
  readonly extent: Extent;
  readonly isodoses: boolean;
  /** Along columns and rows, mm. */
  readonly isocentre: readonly [number, number];
  readonly cursor: readonly [number, number] | null;
}

/** Where in the picture a place of the plane is, and the way back. */
export interface Mapping {
  readonly pixelsPerMm: number;
  toPixels(columnMm: number, rowMm: number): readonly [number, number];
  toMm(x: number, y: number): readonly [number, number];
}

/** The extent as large as it fits into width x height, in its middle. */
export function mapping({ left, right, top, bottom }: Extent, width: number, height: number): Mapping {
  const pixelsPerMm = Math.min(width / (right - left), height / Math.abs(bottom - top));
  const down = Math.sign(bottom - top);
  const [midColumn, midRow] = [(left + right) / 2, (top + bottom) / 2];
  return {
    pixelsPerMm,
    toPixels: (columnMm, rowMm) => [
      width / 2 + (columnMm - midColumn) * pixelsPerMm,
      height / 2 + (rowMm - midRow) * down * pixelsPerMm,
    ],
    toMm: (x, y) => [midColumn + (x - width / 2) / pixelsPerMm, midRow + ((y - height / 2) * down) / pixelsPerMm],
  };
}

/** Draws CT, dose, isodose lines, isocentre and cursor; sizes in pixels of the canvas. */
export function drawPlane(context: CanvasRenderingContext2D, plane: PlaneToDraw): void {
  const { width, height } = context.canvas;
  const where = mapping(plane.extent, width, height);
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = '#05080b';
  context.fillRect(0, 0, width, height);
  context.imageSmoothingEnabled = true;
  const { ct, dose, window, fullScale } = plane;
  if (ct !== null) drawRaster(context, ct, where, (hu) => grey(hu, window));
  else drawOutline(context, dose, where);
  drawRaster(context, dose, where, (counts) => overlay(counts / fullScale, ct !== null));
  if (plane.isodoses) drawIsodoses(context, plane, where);
  drawCross(context, where.toPixels(...plane.isocentre), 'rgb(255 255 255 / 0.85)', 7);
  if (plane.cursor !== null) drawCross(context, where.toPixels(...plane.cursor), '#5fe1ff', 14);
}

type Rgba = readonly [number, number, number, number];

function grey(hu: number, [black, white]: readonly [number, number]): Rgba {
  const value = Math.round((255 * (hu - black)) / (white - black));
  return [value, value, value, 255];
}

function overlay(share: number, overCt: boolean): Rgba {
  if (share < LEAST_SHOWN) return [0, 0, 0, 0];
  // From nothing to full over a few percent: an edge there would look like one of the dose.
  const strength = Math.min(1, (share - LEAST_SHOWN) / LEAST_SHOWN);
  return [...doseColour(share), Math.round((overCt ? 165 : 255) * strength)];
}

/** The raster as a picture of its own, one pixel for each value, stretched to its place. */
function drawRaster(
  context: CanvasRenderingContext2D,
  raster: RasterValues,
  where: Mapping,
  colour: (value: number) => Rgba,
): void {
  const { columns, rows, values } = raster;
  const pixels = new ImageData(columns, rows);
  values.forEach((value, i) => {
    pixels.data.set(colour(value), i * 4);
  });
  const own = new OffscreenCanvas(columns, rows);
  own.getContext('2d')?.putImageData(pixels, 0, 0);
  const { left, right, top, bottom } = extentOf(raster);
  const [x1, y1] = where.toPixels(left, top);
  const [x2, y2] = where.toPixels(right, bottom);
  context.drawImage(own, x1, y1, x2 - x1, y2 - y1);
}

/** Where there is no CT: the dose grid's outer faces, so that the picture has a frame. */
function drawOutline(context: CanvasRenderingContext2D, dose: RasterValues, where: Mapping): void {
  const { left, right, top, bottom } = extentOf(dose);
  const [x1, y1] = where.toPixels(left, top);
  const [x2, y2] = where.toPixels(right, bottom);
  context.fillStyle = '#141c23';
  context.fillRect(x1, y1, x2 - x1, y2 - y1);
}

function drawIsodoses(context: CanvasRenderingContext2D, { dose, fullScale }: PlaneToDraw, where: Mapping): void {
  const { originMm, spacingMm } = dose;
  for (const { share, colour } of ISODOSES) {
    context.beginPath();
    for (const [c1, r1, c2, r2] of isoLine(dose, share * fullScale)) {
      context.moveTo(...where.toPixels(originMm[0] + c1 * spacingMm[0], originMm[1] + r1 * spacingMm[1]));
      context.lineTo(...where.toPixels(originMm[0] + c2 * spacingMm[0], originMm[1] + r2 * spacingMm[1]));
    }
    // A dark line under a light one can be seen on any colour.
    context.lineWidth = 2.4;
    context.strokeStyle = 'rgb(0 0 0 / 0.55)';
    context.stroke();
    context.lineWidth = 1.2;
    context.strokeStyle = colour;
    context.stroke();
  }
}

function drawCross(
  context: CanvasRenderingContext2D,
  [x, y]: readonly [number, number],
  colour: string,
  arm: number,
): void {
  context.lineWidth = 1.3;
  context.strokeStyle = colour;
  context.beginPath();
  context.moveTo(x - arm, y);
  context.lineTo(x + arm, y);
  context.moveTo(x, y - arm);
  context.lineTo(x, y + arm);
  context.stroke();
}
