import type { BeamLayers, LayerSpots } from '../../../../ports/case-pictures.js';
import { texts } from '../../texts.js';

const words = texts.layers;

/** Four digits. */
export const meterset = (value: number): string => (value === 0 ? '0' : Number(value.toPrecision(4)).toString());

/** Least and largest; null of none. */
export function rangeOf(values: readonly number[]): readonly [number, number] | null {
  if (values.length === 0) return null;
  return values.reduce<readonly [number, number]>(
    ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
    [Infinity, -Infinity],
  );
}

/** What the map of a layer shows, in words and figures. */
export function spotFigures(layer: LayerSpots, { layers, metersetUnit }: BeamLayers): string {
  const first = words.layer(layer.layerNumber, layers.length, layer.energyMeV.toFixed(2));
  const sum = words.sum(layer.spots, meterset(layer.meterset), metersetUnit);
  const [x, y, weights] = [rangeOf(layer.xMm), rangeOf(layer.yMm), rangeOf(layer.spotMeterset)];
  if (x === null || y === null || weights === null) return `${first}: ${sum}`;
  const place = words.place(range(x), range(y));
  return `${first}: ${sum}; ${place}; ${words.largest(meterset(weights[1]), metersetUnit)}`;
}

const range = ([least, most]: readonly [number, number]): string => `${least.toFixed(1)} … ${most.toFixed(1)}`;
