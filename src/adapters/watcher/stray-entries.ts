import type { Dirent } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { entryKind } from '../../domain/entry-kind.js';
import { parseLayout } from '../../domain/layout.js';
import { STRAY_REASONS, type StrayEntries, type StrayReason } from '../../domain/stray-entries.js';
import { isGone } from './error-code.js';

const EXAMPLES = 3;
/** A look for people, not for the service: bounded however much lies there. */
const MOST_ENTRIES = 100_000;
/** A name whose bytes are not UTF-8 comes with this in place of them. */
const REPLACEMENT = '\uFFFD';
const READ_AT_ONCE = 256;

/**
 * What lies in the inbox down to the case level and is no case folder, by reason. Nothing inside case folders is looked
 * at. Throws what the system says when the inbox itself cannot be listed.
 * @param markers names of files that lie above the case level on purpose
 */
export async function strayEntries(inbox: string, template: string, markers: readonly string[]): Promise<StrayEntries> {
  const found = new Found(parseLayout(template).depth, markers);
  await found.list(inbox, '', 1);
  return found.entries();
}

class Found {
  #cases = 0;
  #seen = 0;
  readonly #groups = new Map<StrayReason, { count: number; examples: string[] }>();

  constructor(
    private readonly depth: number,
    private readonly markers: readonly string[],
  ) {}

  entries(): StrayEntries {
    const groups = STRAY_REASONS.flatMap((why) => {
      const group = this.#groups.get(why);
      return group === undefined ? [] : [{ why, ...group }];
    });
    return { cases: this.#cases, groups, all: !this.#isEnough };
  }

  /** One folder above the case level, and those below it. */
  async list(inbox: string, below: string, level: number): Promise<void> {
    if (this.#isEnough) return;
    const listed = await this.#listOne(inbox, below);
    if (listed === null) return;
    // Where files lie in it, those are named already.
    if (below !== '' && listed.folders.length === 0 && listed.files === 0) {
      this.#note('no folder at the case level', below);
    }
    if (level === this.depth) this.#cases += listed.folders.length;
    else for (const folder of listed.folders) await this.list(inbox, folder, level + 1);
  }

  /** Null for a folder that cannot be listed. */
  async #listOne(inbox: string, below: string): Promise<{ readonly folders: string[]; readonly files: number } | null> {
    const folders: string[] = [];
    let files = 0;
    try {
      for await (const entry of await opendir(join(inbox, below), { bufferSize: READ_AT_ONCE })) {
        this.#seen += 1;
        const path = below === '' ? entry.name : `${below}/${entry.name}`;
        const why = this.#whyNoCase(entry);
        if (why === null) folders.push(path);
        else if (why !== 'on purpose') this.#note(why, path);
        if (why === 'files above the case level') files += 1;
        if (this.#isEnough) break;
      }
    } catch (thrown) {
      if (below === '') throw thrown;
      if (!isGone(thrown)) this.#note('unreadable', below);
      return null;
    }
    return { folders, files };
  }

  get #isEnough(): boolean {
    return this.#seen >= MOST_ENTRIES;
  }

  #whyNoCase(entry: Dirent): StrayReason | 'on purpose' | null {
    const isFolder = entry.isDirectory();
    if (entryKind(entry.name, isFolder) !== 'content') return 'excluded name';
    if (entry.isSymbolicLink()) return 'link';
    if (!isFolder && !entry.isFile()) return 'special file';
    if (entry.name.includes(REPLACEMENT)) return 'name is not UTF-8';
    if (isFolder) return null;
    return this.markers.some((marker) => entry.name.includes(marker)) ? 'on purpose' : 'files above the case level';
  }

  #note(why: StrayReason, path: string): void {
    const group = this.#groups.get(why) ?? { count: 0, examples: [] };
    group.count += 1;
    if (group.examples.length < EXAMPLES) group.examples.push(path);
    this.#groups.set(why, group);
  }
}
