import { permanent } from '../../../domain/errors.js';
import { decimalStringAtLeast } from './decimal-string.js';

/**
 * Largest pixel value we use. Pixels are unsigned 32-bit, but some readers take them as signed: half the range costs
 * nothing (steps of 5e-10 of the maximum) and reads right in both.
 */
export const LARGEST_PIXEL = 0x7fffffff;

/** Doses outside of these, Gy, are no doses; the scaling could not be written with full precision. */
const SMALLEST_MAX_GY = 1e-100;
const LARGEST_MAX_GY = 1e100;

/**
 * DoseGridScaling for doses up to `maxGy`: fixed as its decimal string before anything is quantised, so that pixel x
 * scaling is off by half a step at most. Throws permanent `dose.bad-values` for what is no dose.
 */
export function scalingFor(maxGy: number): string {
  if (!(maxGy >= SMALLEST_MAX_GY && maxGy <= LARGEST_MAX_GY)) {
    throw permanent('dose.bad-values', 'the highest dose is zero, or too small or too large to be a dose');
  }
  return decimalStringAtLeast(maxGy / LARGEST_PIXEL);
}

/**
 * DoseGridScaling of a sum: no sum of pixels x their scaling can exceed the sum of the scalings x the largest pixel, so
 * the sum needs no first pass for its maximum. Costs a factor of the number of doses in precision, of 4000 to spare.
 */
export function scalingForSum(scalings: readonly number[]): string {
  return scalingFor(scalings.reduce((sum, scaling) => sum + scaling, 0) * LARGEST_PIXEL);
}

/** Pixels of the doses, little endian, rounded to the nearest step. */
export function quantise(dosesGy: Float64Array, scaling: number): Buffer {
  const pixels = Buffer.allocUnsafe(dosesGy.length * 4);
  const view = new DataView(pixels.buffer, pixels.byteOffset, pixels.length);
  for (let i = 0; i < dosesGy.length; i++) view.setUint32(i * 4, Math.round((dosesGy[i] ?? 0) / scaling), true);
  return pixels;
}
