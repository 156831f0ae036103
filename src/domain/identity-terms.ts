import type { Identity } from './identity.js';
import { folded, wordsOf } from './text-tokens.js';

/** What is searched for: tokens that follow each other with at most little between them. */
export interface Term {
  readonly tokens: readonly string[];
  readonly identity: Identity;
}

export interface Searchable {
  readonly terms: readonly Term[];
  /** Searched for in no form at all, and why. */
  readonly leftOut: readonly { readonly identity: Identity; readonly why: string }[];
}

/** A name of three letters stands in too many words; four do, too, but are told apart by where words end. */
const SHORTEST = 4;
/** Numbers of fewer digits are sizes, times and process ids. */
const SHORTEST_NUMBER = 6;
const SHORTEST_BESIDE = 2;
const TOO_SHORT = 'too short, or an everyday word';

export interface TermRules {
  /** Folded words that our own texts are made of: alone they tell nothing. */
  readonly ownWords: ReadonlySet<string>;
  /** Birth dates from this day on (YYYYMMDD) are the days of our own timestamps. */
  readonly datesBefore: string;
}

/** In which forms the identities are searched for. */
export function searchable(identities: readonly Identity[], rules: TermRules): Searchable {
  const terms = new Map<string, Term>();
  const leftOut: { identity: Identity; why: string }[] = [];
  for (const identity of identities) {
    const forms = formsOf(identity, rules);
    if (forms.length === 0) leftOut.push({ identity, why: whyNot(identity, rules) });
    for (const tokens of forms) {
      const key = tokens.join(' ');
      if (!terms.has(key)) terms.set(key, { tokens, identity });
    }
  }
  return { terms: [...terms.values()], leftOut };
}

function formsOf({ kind, text }: Identity, rules: TermRules): readonly (readonly string[])[] {
  if (kind === 'patient name' || kind === 'operator') return nameForms(text, rules);
  if (kind === 'birth date') return text < rules.datesBefore ? dateForms(text) : [];
  const tokens = wordsOf(text);
  const forms = kind === 'patient ID' ? idForms(tokens) : [tokens];
  return forms.filter((form) => isTelling(form, rules));
}

function whyNot({ kind, text }: Identity, { datesBefore }: TermRules): string {
  const isRecent = kind === 'birth date' && text >= datesBefore;
  return isRecent ? 'as late as the days of our own timestamps' : TOO_SHORT;
}

/** With and without what parts it, and its leading zeros. */
const idForms = (tokens: readonly string[]): readonly (readonly string[])[] =>
  [tokens, wordsOf(tokens.join(''))].flatMap((form) => [form, ...withoutZeros(form)]);

/** `00123456` is written 123456 as well. */
function withoutZeros(tokens: readonly string[]): readonly (readonly string[])[] {
  const [first = '', ...rest] = tokens;
  return /^0+\d/.test(first) ? [[first.replace(/^0+/, ''), ...rest]] : [];
}

/** Long enough, and not wholly of words of ours. */
function isTelling(tokens: readonly string[], { ownWords }: TermRules): boolean {
  const all = tokens.join('');
  if (/^\d*$/.test(all)) return all.length >= SHORTEST_NUMBER;
  if (isWithoutSpaces(all)) return all.length >= SHORTEST_BESIDE;
  const foreign = tokens.filter((token) => !ownWords.has(token) && !/^\d{1,5}$/.test(token));
  return all.length >= SHORTEST && foreign.length > 0;
}

/** Of a script whose words carry endings or are not parted, such as Hangul, kana and Han. */
export const isWithoutSpaces = (text: string): boolean =>
  /[\p{Script=Hangul}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(text);

/** Each part that is telling alone, any two of them in either order, and the same two written as one. */
function nameForms(name: string, rules: TermRules): readonly (readonly string[])[] {
  return name.split('=').flatMap((group) => {
    const parts = group.split(/[\^\s,]+/).flatMap((part) => spellings(part));
    const alone = parts.filter((part) => isTelling(part, rules));
    const pairs = parts.flatMap((one) =>
      parts.filter((other) => other !== one).flatMap((other) => pairForms(one, other)),
    );
    return [...alone, ...pairs];
  });
}

function pairForms(one: readonly string[], other: readonly string[]): readonly (readonly string[])[] {
  const [first, second] = [one.join(''), other.join('')];
  const isLong = [first, second].every((part) => part.length >= SHORTEST_BESIDE);
  if (isWithoutSpaces(first)) return [[first + second]];
  return isLong && first !== second ? [[...one, ...other], [first + second]] : [];
}

/** Müller, Muller, Mueller, and M\ufffdller: Latin-1 that was read as UTF-8. */
function spellings(part: string): readonly (readonly string[])[] {
  const german = part
    .toLowerCase()
    .normalize('NFC')
    .replace(/[äöü]/g, (letter) => `${folded(letter)}e`);
  const short = folded(part).replace(/([aou])e/g, '$1');
  const lost = part.normalize('NFC').replace(/[\u0080-\u00ff]/g, '\ufffd');
  const forms = [part, german, short, lost].map((form) => wordsOf(form)).filter((tokens) => tokens.length > 0);
  return [...new Map(forms.map((tokens) => [tokens.join(' '), tokens])).values()];
}

/** As a number, and as day, month and year in any of the usual orders. */
function dateForms(date: string): readonly (readonly string[])[] {
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})$/.exec(date) ?? [];
  if (year === undefined || month === undefined || day === undefined) return [];
  const plain = (text: string): string => text.replace(/^0/, '');
  const orders = [
    [year, month, day],
    [day, month, year],
    [month, day, year],
  ];
  const short = [
    [plain(day), plain(month), year],
    [plain(month), plain(day), year],
    [year, plain(month), plain(day)],
  ];
  return [...orders, ...short, ...orders.map((order) => [order.join('')])];
}
