import { createHmac, randomBytes } from 'node:crypto';
import type { CaseFolder } from '../../domain/case-folder.js';
import type { Identity, IdentityKind } from '../../domain/identity.js';
import { TermMatcher } from '../../domain/identity-scan.js';
import { isWithoutSpaces, searchable, type TermRules } from '../../domain/identity-terms.js';
import { wordsOf } from '../../domain/text-tokens.js';
import { folderHash } from '../../workflow/folder-hash.js';
import { personOf } from './known-identities.js';

/** No vowels and no digits: a pseudonym spells no name and is no number. */
const LETTERS = 'bcdfghjklmnpqrstvwxz';
const LENGTH = 10;
const PREFIX: Readonly<Partial<Record<IdentityKind, string>>> = {
  'folder name': 'folder',
  label: 'label',
  'user name': 'user',
};
/** As the logger writes it for a case folder. */
const HASH = /\b[0-9a-f]{12}\b/g;

/**
 * Names that stand for folders, labels and users: the same one for the same name in the whole bundle, made with a key that
 * is thrown away, so nobody can make a list of names and compare. The hash that our logs write for a folder is of its name
 * alone; it is replaced by the folder's pseudonym too.
 */
export class Pseudonyms {
  readonly #key = randomBytes(32);
  readonly #matcher: TermMatcher;
  readonly #hashes: ReadonlyMap<string, string>;
  /** Who acted, as logs write it; also users whose names are words of ours, which the matcher leaves alone. */
  readonly #actors: RegExp | null;

  constructor(identities: readonly Identity[], folders: readonly CaseFolder[], rules: TermRules) {
    const replaced = identities.filter(({ kind }) => PREFIX[kind] !== undefined);
    this.#matcher = new TermMatcher(searchable(replaced, rules).terms);
    this.#actors = actorsOf(identities);
    this.#hashes = new Map(folders.map((folder) => [folderHash(folder), this.path(folder.folder)]));
  }

  of(kind: IdentityKind, name: string): string {
    const digest = createHmac('sha256', this.#key)
      .update(`${kind}\0${wordsOf(name).join(' ')}\0`)
      .digest();
    const letters = [...digest.subarray(0, LENGTH)].map((byte) => LETTERS[byte % LETTERS.length] ?? '');
    return `${PREFIX[kind] ?? 'name'}-${letters.join('')}`;
  }

  /** Each folder of a path by itself. */
  path(path: string): string {
    const names = path.split('/').filter((name) => name !== '');
    return names.map((name) => this.of('folder name', name)).join('/');
  }

  actor(actor: string): string {
    const person = personOf(actor);
    return person === null ? actor : `${actor.slice(0, actor.length - person.length)}${this.of('user name', person)}`;
  }

  /** Names that stand in a text, in any case and with any signs between their words. */
  text(text: string): string {
    const plain = this.#withoutActors(text.normalize('NFC')).replace(HASH, (hash) => this.#hashes.get(hash) ?? hash);
    const parts: string[] = [];
    let done = 0;
    for (const { term, start, end } of this.#matcher.find(plain)) {
      // A name of a script without spaces is told last, wherever it stands.
      if (isWithoutSpaces(term.tokens.join(''))) continue;
      parts.push(plain.slice(done, start), this.of(term.identity.kind, term.identity.text));
      done = end;
    }
    return this.#unspaced(parts.join('') + plain.slice(done));
  }

  /** Every text within a value that becomes JSON; keys are ours and stay. */
  within(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map((one) => this.within(one));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.within(one)]));
  }

  #withoutActors(text: string): string {
    return this.#actors === null ? text : text.replace(this.#actors, (actor) => this.actor(actor));
  }

  #unspaced(text: string): string {
    const names = new Map<string, string>();
    for (const { term } of this.#matcher.find(text)) {
      const { kind, text: name } = term.identity;
      if (isWithoutSpaces(name)) names.set(name.normalize('NFC'), this.of(kind, name));
    }
    return [...names].reduce((all, [name, pseudonym]) => all.replaceAll(name, pseudonym), text);
  }
}

/** `cli:NAME` and `web:NAME` of the known users, longer names first; a name goes on where letters, digits, `.` or `-` do. */
function actorsOf(identities: readonly Identity[]): RegExp | null {
  const names = identities.filter(({ kind }) => kind === 'user name').map(({ text }) => text.normalize('NFC'));
  if (names.length === 0) return null;
  const longestFirst = [...new Set(names)].sort((one, other) => other.length - one.length);
  const escaped = longestFirst.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(
    `(?<![\\p{L}\\p{N}_])(?:cli|web):(?:${escaped.join('|')})(?![\\p{L}\\p{N}_]|[.-][\\p{L}\\p{N}])`,
    'gu',
  );
}
