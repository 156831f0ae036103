import type { Dirent } from 'node:fs';
import { join } from 'node:path';
import { entryKind } from '../../domain/entry-kind.js';
import { isMarkerBeside } from '../../domain/ready-marker.js';
import { eachEntry } from './each-entry.js';
import { isGone } from './error-code.js';
import { CALLS_PER_LISTING } from './folder-walk.js';
import type { InboxCalls } from './inbox-calls.js';

export interface RefusedFolder {
  readonly folder: string;
  readonly why: 'link' | 'name is not UTF-8' | 'unreadable';
}

export interface InboxListing {
  /** Case folders, as paths below the inbox with `/` between segments. */
  readonly cases: readonly string[];
  /** Where a case folder could be but cannot be taken. */
  readonly refused: readonly RefusedFolder[];
  /** Ready markers that lie beside or above case folders. */
  readonly markers: readonly string[];
}

/** A name whose bytes are not UTF-8 comes with this in place of them and cannot be opened again. */
const REPLACEMENT = '\uFFFD';

/** Lists the inbox, and keeps how large it was, since that says how it is best read the next time. */
export class InboxLister {
  /** Entries of its largest folder, null before the first list. */
  #largest: number | null = null;

  constructor(
    private readonly inbox: string,
    private readonly depth: number,
    private readonly readyMarker: string | null,
    private readonly calls: InboxCalls,
  ) {}

  /**
   * The case folders that lie `depth` levels below the inbox. Links are never followed: a linked folder is no case. Files
   * above the case level are nobody's, but for ready markers. Throws when the inbox itself cannot be read.
   */
  async list(): Promise<InboxListing> {
    const found: Found = { refused: [], markers: [], largest: 0 };
    let level: readonly string[] = [''];
    for (let at = 1; at <= this.depth; at += 1) {
      const next: string[] = [];
      for (const folder of level) {
        await this.calls.do(() => this.#listFolder(folder, at === this.depth, next, found), CALLS_PER_LISTING);
      }
      level = next;
    }
    this.#largest = found.largest;
    return { cases: level, refused: found.refused, markers: found.markers };
  }

  async #listFolder(below: string, isLast: boolean, folders: string[], found: Found): Promise<void> {
    const marker = isLast ? this.readyMarker : null;
    let entries = 0;
    try {
      await eachEntry(join(this.inbox, below), this.#largest, (entry) => {
        entries += 1;
        const path = below === '' ? entry.name : `${below}/${entry.name}`;
        if (marker !== null && entry.isFile() && isMarkerBeside(entry.name, marker)) found.markers.push(path);
        else sortIn(folders, found.refused, entry, path);
      });
    } catch (thrown) {
      if (below === '') throw thrown;
      if (!isGone(thrown)) found.refused.push({ folder: below, why: 'unreadable' });
    }
    found.largest = Math.max(found.largest, entries);
  }
}

interface Found {
  readonly refused: RefusedFolder[];
  readonly markers: string[];
  largest: number;
}

function sortIn(folders: string[], refused: RefusedFolder[], entry: Dirent, folder: string): void {
  if (entryKind(entry.name, true) !== 'content') return;
  if (entry.isSymbolicLink()) refused.push({ folder, why: 'link' });
  else if (!entry.isDirectory()) return;
  else if (entry.name.includes(REPLACEMENT)) refused.push({ folder, why: 'name is not UTF-8' });
  else folders.push(folder);
}
