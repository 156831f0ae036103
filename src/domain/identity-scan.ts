import { isWithoutSpaces, type Term } from './identity-terms.js';
import { folded, tokensOf, type TextToken } from './text-tokens.js';

/** What may stand between the parts of a name, an ID or a date. More than that, and they belong to different things. */
const BETWEEN = /^[\s^_,.;=\-/\\+~]{0,3}$/;

export interface Match {
  readonly term: Term;
  readonly start: number;
  readonly end: number;
}

/**
 * Finds terms in a text in one pass over its tokens, whatever their number. Terms of scripts without spaces are looked for
 * as they stand, anywhere.
 */
export class TermMatcher {
  readonly #byFirst = new Map<string, Term[]>();
  readonly #anywhere: (readonly [string, Term])[] = [];

  constructor(terms: readonly Term[]) {
    for (const term of terms) {
      const [first = ''] = term.tokens;
      const whole = term.tokens.join('');
      if (isWithoutSpaces(whole)) this.#anywhere.push([whole, term]);
      else this.#byFirst.set(first, [...(this.#byFirst.get(first) ?? []), term]);
    }
    for (const its of this.#byFirst.values()) its.sort((a, b) => b.tokens.length - a.tokens.length);
  }

  /** The longest at each place, from left to right, none within another. @param text in NFC */
  *find(text: string): Generator<Match> {
    const tokens = [...tokensOf(text)];
    for (let at = 0; at < tokens.length; at++) {
      const match = this.#at(text, tokens, at);
      if (match === null) continue;
      yield match.match;
      at += match.tokens - 1;
    }
    yield* this.#inside(text);
  }

  #at(text: string, tokens: readonly TextToken[], at: number): { match: Match; tokens: number } | null {
    const first = tokens[at];
    if (first === undefined) return null;
    for (const term of this.#byFirst.get(first.folded) ?? []) {
      const count = term.tokens.length;
      const last = tokens[at + count - 1];
      if (last === undefined || !follows(text, tokens.slice(at, at + count), term)) continue;
      return { match: { term, start: first.start, end: last.end }, tokens: count };
    }
    return null;
  }

  *#inside(text: string): Generator<Match> {
    if (this.#anywhere.length === 0 || !isWithoutSpaces(text)) return;
    const all = folded(text).replace(/[\s^]+/g, '');
    for (const [whole, term] of this.#anywhere) {
      const start = text.indexOf(whole);
      if (all.includes(whole)) yield { term, start, end: start < 0 ? start : start + whole.length };
    }
  }
}

function follows(text: string, tokens: readonly TextToken[], term: Term): boolean {
  return tokens.every((token, index) => {
    const before = tokens[index - 1];
    if (token.folded !== term.tokens[index]) return false;
    return before === undefined || BETWEEN.test(text.slice(before.end, token.start));
  });
}
