import { randomBytes } from 'node:crypto';

/** Crockford's base 32, lower case: no i, l, o, u, which are misread or spell words. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const LETTERS = ALPHABET.slice(10);

/** Twelve characters, 58 random bits, the first a letter: easy to type the start of, and never taken for a number. */
export function newCaseId(): string {
  const [first = 0, ...rest] = randomBytes(12);
  return `${LETTERS[first % LETTERS.length] ?? 'a'}${rest.map((byte) => ALPHABET[byte % 32]).join('')}`;
}
