import { input } from '../../domain/errors.js';
import type { CaseError } from '../../domain/errors.js';

/** Largest text file of a delivery folder that is read; real ones have some kB. */
const MAX_LOG_TEXT_BYTES = 1024 * 1024;

/** What is wrong with a log file. `what` must not quote the file: it may hold a patient's name. */
export const badLog = (file: string, what: string, cause?: unknown): CaseError =>
  input('delivery.log', `${file}: ${what}`, {
    remedy:
      'export the delivery logs of this beam again and replace the folder; the changed case is taken as a new run',
    ...(cause === undefined ? {} : { cause }),
  });

/** @throws input `delivery.log`; asked before reading too, so that nothing large is read */
export function checkTextSize(file: string, bytes: number): void {
  if (bytes <= MAX_LOG_TEXT_BYTES) return;
  throw badLog(file, `${String(bytes)} bytes, but at most ${String(MAX_LOG_TEXT_BYTES)} are read`);
}

export interface LogLine {
  /** From 1, empty lines counted. */
  readonly number: number;
  /** Without blanks around it, not empty. */
  readonly line: string;
}

/**
 * Lines of a text log one after the other, without empty ones; Unix and Windows line ends, a byte order mark is left out.
 * One at a time: a MiB of line ends would be a hundred MiB of lines.
 * @throws input `delivery.log` if it is too long or no text
 */
export function* logLines(file: string, bytes: Uint8Array): Generator<LogLine> {
  checkTextSize(file, bytes.length);
  if (bytes.includes(0)) throw badLog(file, 'is not a text file (it holds zero bytes)');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1').replace(/^ï»¿/, '');
  let number = 1;
  for (const [token] of text.matchAll(/[^\r\n]+|\r\n|\n|\r/g)) {
    const line = token.trim();
    if (line !== '') yield { number, line };
    else if (/^[\r\n]/.test(token)) number++;
  }
}

/** A whole number from `least` to 99,999; null if it is none. */
export function wholeNumber(text: string | undefined, least: number): number | null {
  if (text === undefined || !/^\d{1,5}$/.test(text)) return null;
  const value = Number(text);
  return value >= least ? value : null;
}
