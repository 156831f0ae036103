/**
 * Characters that a terminal or a page obeys instead of showing: C0 and C1 controls (escape sequences, line breaks,
 * backspace), marks that reorder or hide text (bidirectional overrides, zero-width characters, line separators), lone
 * surrogates.
 */
const OBEYED = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Text on one line in which whatever would be obeyed stands as `\uXXXX`: within a JSON string it means the same. */
export function escapeObeyed(text: string): string {
  return text.replace(OBEYED, (character) => character.split('').map(escaped).join(''));
}

const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
