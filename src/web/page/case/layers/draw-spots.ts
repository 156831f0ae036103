import type { LayerSpots } from '../../../../ports/case-pictures.js';
import { pageColour } from '../../plots/colours.js';
import { css, doseColour } from '../dose/colour-map.js';
import { rangeOf } from './spot-figures.js';

/** The part of the isocentre plane that holds all spots of a beam, mm. */
export interface Frame {
  readonly midX: number;
  readonly midY: number;
  readonly widthMm: number;
  readonly heightMm: number;
}

/** Around the outermost spots, and of a beam with one spot. */
const MARGIN_MM = 10;

export function frameOf(layers: readonly LayerSpots[]): Frame {
  const [left, right] = rangeOf(layers.flatMap(({ xMm }) => rangeOf(xMm) ?? [])) ?? [0, 0];
  const [low, high] = rangeOf(layers.flatMap(({ yMm }) => rangeOf(yMm) ?? [])) ?? [0, 0];
  return {
    midX: (left + right) / 2,
    midY: (low + high) / 2,
    widthMm: right - left + 2 * MARGIN_MM,
    heightMm: high - low + 2 * MARGIN_MM,
  };
}

/** Between lines of the grid: the least of these that leaves room for its number. */
const STEPS_MM = [1, 2, 5, 10, 20, 50, 100, 200];
const LEAST_STEP_PX = 34;
const SPOT_PX = 3.4;
const BORDER_PX = 26;

interface ToDraw {
  readonly frame: Frame;
  readonly all: readonly LayerSpots[];
  readonly layer: LayerSpots;
}

/** Draws a grid in mm, all spots of the beam faintly, and those of one layer by weight; y upwards. */
export function drawSpots(context: CanvasRenderingContext2D, ratio: number, { frame, all, layer }: ToDraw): void {
  const { width, height } = context.canvas;
  const scale = Math.min((width - BORDER_PX * ratio) / frame.widthMm, (height - BORDER_PX * ratio) / frame.heightMm);
  const toX = (xMm: number): number => (width + BORDER_PX * ratio) / 2 + (xMm - frame.midX) * scale;
  const toY = (yMm: number): number => (height - BORDER_PX * ratio) / 2 - (yMm - frame.midY) * scale;
  context.fillStyle = pageColour('raised');
  context.fillRect(0, 0, width, height);
  drawGrid(context, ratio, scale, { toX, toY });
  context.fillStyle = pageColour('strong-line');
  context.globalAlpha = 0.28;
  for (const { xMm, yMm } of all) {
    xMm.forEach((x, i) => {
      dot(context, toX(x), toY(yMm[i] ?? 0), 1.4 * ratio);
    });
  }
  context.globalAlpha = 1;
  const largest = rangeOf(layer.spotMeterset)?.[1] ?? 0;
  layer.xMm.forEach((x, i) => {
    const weight = layer.spotMeterset[i] ?? 0;
    const [px, py] = [toX(x), toY(layer.yMm[i] ?? 0)];
    context.strokeStyle = pageColour('ink');
    context.lineWidth = 0.6 * ratio;
    // A spot without weight is a ring: the machine goes there, but gives nothing.
    context.fillStyle = weight === 0 ? pageColour('raised') : css(doseColour(largest > 0 ? weight / largest : 0));
    dot(context, px, py, SPOT_PX * ratio);
    context.stroke();
  });
}

function dot(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

interface Places {
  readonly toX: (xMm: number) => number;
  readonly toY: (yMm: number) => number;
}

function drawGrid(context: CanvasRenderingContext2D, ratio: number, scale: number, { toX, toY }: Places): void {
  const { width, height } = context.canvas;
  const step = STEPS_MM.find((mm) => mm * scale >= LEAST_STEP_PX * ratio) ?? 500;
  context.font = `${String(11 * ratio)}px system-ui, sans-serif`;
  context.lineWidth = ratio;
  const [left, bottom] = [BORDER_PX * ratio, height - BORDER_PX * ratio];
  const firstX = Math.ceil((left - toX(0)) / scale / step) * step;
  for (let mm = firstX; toX(mm) < width; mm += step) {
    rule(context, mm === 0, [toX(mm), 0, toX(mm), bottom]);
    context.textAlign = 'center';
    context.textBaseline = 'top';
    context.fillText(String(mm), toX(mm), bottom + 5 * ratio);
  }
  const firstY = Math.ceil((toY(0) - bottom) / scale / step) * step;
  for (let mm = firstY; toY(mm) > 0; mm += step) {
    rule(context, mm === 0, [left, toY(mm), width, toY(mm)]);
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    context.fillText(String(mm), left - 3 * ratio, toY(mm));
  }
}

function rule(
  context: CanvasRenderingContext2D,
  isAxis: boolean,
  [x1, y1, x2, y2]: readonly [number, number, number, number],
): void {
  context.strokeStyle = pageColour(isAxis ? 'strong-line' : 'line');
  context.fillStyle = pageColour('soft');
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}
