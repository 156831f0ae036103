import { bug } from '../../../domain/errors.js';

/** Longest value of VR DS (DICOM PS3.5 6.2). */
const MAX_CHARACTERS = 16;

/**
 * A number as DICOM decimal string: the shortest text that is the number exactly, or else the nearest that 16
 * characters can hold (relative error below 1e-8, for usual sizes below 1e-12).
 */
export function decimalString(value: number): string {
  if (!Number.isFinite(value)) throw bug('dicom.not-a-number', 'only finite numbers can be written as DS');
  const exact = String(value === 0 ? 0 : value);
  if (exact.length <= MAX_CHARACTERS) return exact;
  const rounded = candidates(value).filter((text) => text.length <= MAX_CHARACTERS);
  return rounded.reduce((best, text) =>
    Math.abs(Number(text) - value) < Math.abs(Number(best) - value) ? text : best,
  );
}

/** The smallest decimal string of 16 characters or fewer that is not below `value`, for positive values. */
export function decimalStringAtLeast(value: number): string {
  const nearest = decimalString(value);
  if (Number(nearest) >= value) return nearest;
  for (let digits = 15; digits >= 0; digits--) {
    const [mantissa = '', exponent = ''] = value.toExponential(digits).split('e');
    const up = (Number(mantissa) + 10 ** -digits).toFixed(digits);
    const text = `${up}e${exponent}`;
    if (text.length <= MAX_CHARACTERS && Number(text) >= value) return text;
  }
  throw bug('dicom.not-a-number', 'no decimal string is large enough');
}

function candidates(value: number): readonly string[] {
  const texts: string[] = [];
  for (let digits = 15; digits >= 0; digits--) {
    texts.push(value.toExponential(digits));
    if (Math.abs(value) < 1e15) texts.push(value.toFixed(digits));
  }
  return texts;
}
