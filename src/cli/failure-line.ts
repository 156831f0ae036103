import type { Failure } from '../domain/errors.js';
import { localTimes } from './terminal/local-times.js';
import { plainText } from './terminal/plain-text.js';

/** What went wrong and what to do, as the one line that stderr gets. */
export function failureLine({ message, remedy }: Pick<Failure, 'message' | 'remedy'>): string {
  return `mqi: ${plainText(localTimes(message.replace(/\.$/, '')))}; ${plainText(localTimes(remedy))}\n`;
}
