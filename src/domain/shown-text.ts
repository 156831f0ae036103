/** Longest text of another program that we show. */
const MAX_SHOWN = 300;

/** Another program's own words (an engine's, a peer's) made safe to show: one line, printable, of bounded length. */
export function shownText(text: string): string {
  // Control and format characters (also those that turn the direction of writing), and any run of separators.
  const plain = text.replace(/[\p{C}\p{Z}]+/gu, ' ').trim();
  return plain.length > MAX_SHOWN ? `${plain.slice(0, MAX_SHOWN)} ...` : plain;
}
