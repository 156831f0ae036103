/** A run of letters or of digits of a text, folded; `start` and `end` are offsets in the text (UTF-16 units). */
export interface TextToken {
  readonly folded: string;
  readonly start: number;
  readonly end: number;
}

/** A replacement character stands for a letter that was not UTF-8. */
const RUN = /[\p{L}\ufffd][\p{L}\p{M}\ufffd]*|\p{N}+/gu;
/** Letters that have no accent to be taken off. */
const PLAIN: Readonly<Record<string, string>> = {
  ß: 'ss',
  ø: 'o',
  æ: 'ae',
  œ: 'oe',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
};

/** Lower case, without accents; Hangul and the like stay whole. */
export function folded(text: string): string {
  const bare = text.normalize('NFKD').replace(/\p{M}/gu, '').normalize('NFC').toLowerCase();
  return bare.replace(/[ßøæœłđðþı]/g, (letter) => PLAIN[letter] ?? letter);
}

/** Runs of letters and runs of digits apart: `ID12345678` and `ID-12345678` are the same two. */
export function* tokensOf(text: string): Generator<TextToken> {
  for (const { 0: run, index } of text.matchAll(RUN)) {
    yield { folded: folded(run), start: index, end: index + run.length };
  }
}

/** The tokens alone. */
export const wordsOf = (text: string): readonly string[] => [...tokensOf(text)].map((token) => token.folded);
