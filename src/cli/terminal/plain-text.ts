/**
 * Characters that a terminal obeys instead of showing: C0 and C1 controls (escape sequences, line breaks, backspace),
 * marks that reorder or hide text (bidirectional overrides, zero-width characters, line separators), lone surrogates.
 */
const OBEYED = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const OBEYED_BUT_NEWLINE = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const codeUnits = (text: string): number[] => Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
const escaped = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`;

/** Text from outside (folder names, plan labels, messages) made safe to print: what would be obeyed is escaped. */
export function plainText(text: string): string {
  return text.replace(OBEYED, (character) => codeUnits(character).map(escaped).join(''));
}

/** One JSON document, indented, that is safe to print as well: the same characters as JSON escapes. */
export function plainJson(value: unknown): string {
  const json = `${JSON.stringify(value, null, 2)}\n`;
  return json.replace(OBEYED_BUT_NEWLINE, (character) => codeUnits(character).map(escaped).join(''));
}
