import { createHash, type Hash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { entryKind, MAX_FOLDER_DEPTH } from '../../domain/entry-kind.js';
import type { Snapshot } from '../../domain/settling.js';
import { isControlFile, type ControlFile } from '../../ports/folder-watcher.js';
import { eachEntry } from './each-entry.js';
import { errorCode, isGone } from './error-code.js';
import { InboxCalls } from './inbox-calls.js';
import type { ReadyMarker, ReadyMarkers } from './ready-markers.js';
import { sortInSlices } from './sort-in-slices.js';

export type ControlFileSeen = Omit<ControlFile, 'folder'>;

export interface Walk extends Snapshot {
  readonly controls: readonly ControlFileSeen[];
  /** How many calls to the file system it took, of the last walk if it was done again. */
  readonly calls: number;
  /** Entries of the largest folder in it. */
  readonly largest: number;
}

/** Files whose looks are asked for together; how many run at once is for InboxCalls to say. */
const LOOKS_AT_ONCE = 16;
/** To list a folder: open, read, read to the end, close. A large one takes some reads more. */
export const CALLS_PER_LISTING = 4;

/** A walk during which a marker came, went or was written is done again, at most so often. */
const MOST_WALKS = 3;

/**
 * Looks at every file of a case folder and gives its fingerprint: sha256 over lines of path, size and whole milliseconds
 * of mtime, folder by folder, names in code unit order, and the digest of its manifest if it has one. NUL divides the
 * parts, which no name can hold. Links are taken as themselves, never followed. What cannot be read is a line as well, so
 * that it counts as a change when it can be. Empty folders count for nothing. Below MAX_FOLDER_DEPTH levels nothing is looked
 * at, so that no tree of folders keeps the watcher busy for ever; a case that deep is refused when it is read.
 *
 * Markers are looked at before and after, since their order against the content is what counts: without one, there was
 * none all the while.
 * Throws only when the folder itself is gone (`ENOENT`, `ENOTDIR`), on abort, and when the share does not answer for a marker.
 * @param folder below the inbox
 * @param markers null when none are configured
 * @param expected entries of the largest folder in it, as far as is known
 */
export async function walkFolder(
  inbox: string,
  folder: string,
  markers: ReadyMarkers | null,
  signal?: AbortSignal,
  calls = new InboxCalls(),
  expected: number | null = null,
): Promise<Walk> {
  const path = join(inbox, folder);
  if (markers === null)
    return (await walked(new FolderWalk(path, null, null, signal, calls, expected))).result(null, null);
  for (let count = 1; ; count += 1) {
    const marker = await markers.look(folder, calls);
    const walk = await walked(new FolderWalk(path, markers.name, marker, signal, calls, expected));
    const after = await markers.look(folder, calls);
    const digest = marker?.digest ?? markers.formerDigest(folder);
    if (isSteady(marker, walk, after)) return walk.result(marker, digest);
    if (count === MOST_WALKS) return walk.result(unsteady(after), digest);
  }
}

async function walked(walk: FolderWalk): Promise<FolderWalk> {
  await walk.visit('', 0);
  return walk;
}

const isSteady = (before: ReadyMarker | null, walk: FolderWalk, after: ReadyMarker | null): boolean =>
  before === null ? after === null && !walk.sawMarker : before.id === after?.id;

/** One that is being written, or that the share shows in the list of the folder only: what it says is not yet known. */
const unsteady = (after: ReadyMarker | null): ReadyMarker =>
  after === null
    ? { id: 'unsteady', mtimeMs: -Infinity, digest: null, isWhole: false, entries: null, damage: null }
    : { ...after, mtimeMs: -Infinity, isWhole: false };

/** Names as they are compared with those of a manifest here: other systems change case and composition on the way. */
const loosely = (path: string): string => path.normalize('NFC').toLowerCase();

class FolderWalk {
  readonly #content = createHash('sha256');
  readonly #activity = createHash('sha256');
  readonly #controls: ControlFileSeen[] = [];
  /** What the manifest lists and was not yet found. */
  readonly #lacking: Set<string> | null;
  #files = 0;
  #bytes = 0;
  #calls = 1;
  #largest = 0;
  #newestMs = -Infinity;
  /** The marker was in the list of the folder's entries. */
  sawMarker = false;

  constructor(
    private readonly root: string,
    private readonly readyMarker: string | null,
    marker: ReadyMarker | null,
    private readonly signal: AbortSignal | undefined,
    private readonly calls: InboxCalls,
    private readonly expected: number | null,
  ) {
    const entries = marker?.entries ?? [];
    this.#lacking = entries.length === 0 ? null : new Set(entries.map(({ path }) => loosely(path)));
  }

  result(marker: ReadyMarker | null, digest: string | null): Walk {
    if (digest !== null) this.#content.update(`\0manifest\0${digest}\n`);
    const fingerprint = this.#content.digest('hex');
    const activity = this.#activity.update(fingerprint).digest('hex');
    const seen = marker && {
      id: marker.id,
      isNewest: marker.mtimeMs >= this.#newestMs,
      lacking: this.#lacking?.size ?? 0,
      isWhole: marker.isWhole,
    };
    const counted = { files: this.#files, bytes: this.#bytes, calls: this.#calls, largest: this.#largest };
    return { fingerprint, activity, ...counted, marker: seen, controls: this.#controls };
  }

  /** @param below path of a folder below the root, '' for the root itself; `depth` levels down */
  async visit(below: string, depth: number): Promise<void> {
    this.signal?.throwIfAborted();
    if (depth > MAX_FOLDER_DEPTH) {
      this.#content.update(`${below}\0too deep\n`);
      return;
    }
    let listed: Listed;
    try {
      this.#calls += CALLS_PER_LISTING;
      listed = await this.calls.do(() => list(join(this.root, below), this.expected), CALLS_PER_LISTING);
      this.#largest = Math.max(this.#largest, listed.entries);
    } catch (thrown) {
      if (below === '' && isGone(thrown)) throw thrown;
      this.#content.update(`${below}\0unreadable\0${errorCode(thrown)}\n`);
      return;
    }
    for (let from = 0; from < listed.files.length; from += LOOKS_AT_ONCE) {
      this.signal?.throwIfAborted();
      const names = listed.files.slice(from, from + LOOKS_AT_ONCE);
      this.#calls += names.length;
      const stats = await Promise.all(names.map((name) => this.calls.do(() => look(join(this.root, below, name)))));
      names.forEach((name, i) => {
        this.#note(below, name, stats[i] ?? 'gone');
      });
    }
    for (const name of listed.folders) await this.visit(below === '' ? name : `${below}/${name}`, depth + 1);
  }

  #note(below: string, name: string, stats: Stats | string): void {
    if (below === '' && this.#isSignal(name, stats)) return;
    const isContent = entryKind(name, false) === 'content';
    const path = below === '' ? name : `${below}/${name}`;
    addLine(isContent ? this.#content : this.#activity, path, stats);
    if (!isContent) return;
    this.#files += 1;
    this.#lacking?.delete(loosely(path));
    if (typeof stats === 'string') return;
    this.#newestMs = Math.max(this.#newestMs, stats.mtimeMs);
    if (stats.isFile()) this.#bytes += stats.size;
  }

  /** The ready marker and control files speak to the service; they are no content. */
  #isSignal(name: string, stats: Stats | string): boolean {
    if (name === this.readyMarker) {
      this.sawMarker = typeof stats === 'string' || stats.isFile();
      return true;
    }
    if (!isControlFile(name)) return false;
    if (typeof stats !== 'string') this.#controls.push({ name, writtenAt: Math.floor(stats.mtimeMs) });
    return true;
  }
}

function addLine(hash: Hash, path: string, stats: Stats | string): void {
  const seen = typeof stats === 'string' ? stats : `${String(stats.size)}\0${String(Math.floor(stats.mtimeMs))}`;
  hash.update(`${path}\0${seen}\n`);
}

interface Listed {
  readonly files: readonly string[];
  readonly folders: readonly string[];
  /** With those that are ignored. */
  readonly entries: number;
}

async function list(folder: string, expected: number | null): Promise<Listed> {
  const files: string[] = [];
  const folders: string[] = [];
  let entries = 0;
  await eachEntry(folder, expected, (entry) => {
    entries += 1;
    const isFolder = entry.isDirectory();
    if (entryKind(entry.name, isFolder) !== 'ignored') (isFolder ? folders : files).push(entry.name);
  });
  return { files: await sortInSlices(files), folders: await sortInSlices(folders), entries };
}

/** The entry itself, or why it cannot be looked at: it has just gone, or its name is not UTF-8. */
async function look(path: string): Promise<Stats | string> {
  try {
    return await lstat(path);
  } catch (thrown) {
    return errorCode(thrown);
  }
}
