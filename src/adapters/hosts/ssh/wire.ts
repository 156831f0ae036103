/**
 * How arguments travel to the agent: as words of one line. Every byte but letters, digits and a few signs that no shell
 * gives a meaning to is written as `\0` and three octal digits, which printf's %b reads back (POSIX, utility printf). So
 * a name with spaces, quotes or newlines is never seen by a parser.
 */
export function encodeWord(text: string): string {
  let word = '';
  for (const byte of Buffer.from(text, 'utf8')) {
    const sign = String.fromCharCode(byte);
    word += /[A-Za-z0-9/._=:,+-]/.test(sign) ? sign : `\\0${byte.toString(8).padStart(3, '0')}`;
  }
  // An empty word would vanish between two spaces; \c ends the text at once.
  return word === '' ? '\\c' : word;
}

/** One line of words, without its end. */
export const encodeLine = (words: readonly string[]): string => words.map(encodeWord).join(' ');
