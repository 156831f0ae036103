/**
 * Without the spaces and NULs around it. By hand, because a regular expression for the end of a text takes the square of
 * the time for a run of spaces in the middle: minutes for half a megabyte.
 */
export function unpadded(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isPadding(text.charCodeAt(from))) from++;
  while (to > from && isPadding(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

const isPadding = (code: number): boolean => code === 0 || code === 0x20;
