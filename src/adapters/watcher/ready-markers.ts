import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { entryKind } from '../../domain/entry-kind.js';
import type { ManifestEntry } from '../../domain/manifest.js';
import { entriesFor, markerPlaces } from '../../domain/ready-marker.js';
import { mayPass } from '../../files/system-code.js';
import { isControlFile } from '../../ports/folder-watcher.js';
import { InboxCalls } from './inbox-calls.js';
import { MarkerTexts } from './marker-texts.js';

/** The ready markers of one case folder as they lie there. */
export interface ReadyMarker {
  /** Places, sizes and mtimes. */
  readonly id: string;
  /** Of the newest. */
  readonly mtimeMs: number;
  /** Digest of what its manifests say; null when there are none. */
  readonly digest: string | null;
  readonly isWhole: boolean;
  /** What its manifests list of the folder's content; null without a manifest. */
  readonly entries: readonly ManifestEntry[] | null;
  /** What is wrong with a manifest, in words; null when none is damaged. */
  readonly damage: string | null;
}

type Place = ReturnType<typeof markerPlaces>[number] & { readonly stats: Stats };

/**
 * The ready markers of the case folders of an inbox: regular files of the configured name, in the places that
 * domain/ready-marker.ts says. Links and folders of that name are none.
 */
export class ReadyMarkers {
  readonly #texts = new MarkerTexts();
  /** What was last read of the manifests of a folder: one that is taken away again still counts as content. */
  readonly #digests = new Map<string, string>();

  private constructor(
    private readonly inbox: string,
    readonly name: string,
  ) {}

  /** Null when no marker is configured. */
  static of(inbox: string, name: string | null): ReadyMarkers | null {
    return name === null ? null : new ReadyMarkers(inbox, name);
  }

  /** Null when there is none. Throws what the share says when it does not answer. */
  async look(folder: string, calls = new InboxCalls()): Promise<ReadyMarker | null> {
    const places = await this.#placesOf(folder, calls);
    const found = await Promise.all(places.map((place) => calls.do(() => this.#read(folder, place))));
    const own = found.filter((marker) => marker !== null);
    if (own.length === 0) return null;
    const listed = own.filter(({ entries }) => entries !== null);
    const digest = listed.map((marker) => marker.digest).join();
    if (digest !== '') this.#keep(folder, digest);
    return {
      id: own.map(({ id }) => id).join(),
      mtimeMs: Math.max(...own.map(({ mtimeMs }) => mtimeMs)),
      digest: digest === '' ? null : digest,
      isWhole: own.every(({ isWhole }) => isWhole),
      entries: listed.length === 0 ? null : listed.flatMap(({ entries }) => this.#contentOf(entries ?? [])),
      damage: own.find(({ damage }) => damage !== null)?.damage ?? null,
    };
  }

  /** Digest of the manifests the folder had when they were last there; null when none was seen. */
  formerDigest(folder: string): string | null {
    return this.#digests.get(folder) ?? null;
  }

  async #placesOf(folder: string, calls: InboxCalls): Promise<readonly Place[]> {
    const places = markerPlaces(folder, this.name).map(async (place) => {
      const stats = await calls
        .do(() => lstat(join(this.inbox, place.path)))
        .catch((thrown: unknown) => {
          if (mayPass(thrown)) throw thrown;
          return null;
        });
      return stats?.isFile() === true ? { ...place, stats } : null;
    });
    return (await Promise.all(places)).filter((place) => place !== null);
  }

  /** Null for one that is a manifest of other folders. */
  async #read(folder: string, { kind, path, stats }: Place): Promise<ReadyMarker | null> {
    const stamp = `${String(stats.size)} ${String(stats.mtimeMs)}`;
    const { text, digest } = await this.#texts.read(join(this.inbox, path), stats.size, stamp);
    const marker = { id: `${kind} ${stamp}`, mtimeMs: stats.mtimeMs, digest, damage: null };
    if (text.kind === 'plain') return { ...marker, isWhole: true, entries: null };
    if (text.kind === 'damaged') return { ...marker, isWhole: false, entries: [], damage: text.why };
    const entries = entriesFor(folder, kind, text.entries);
    return entries === null ? null : { ...marker, isWhole: text.isWhole, entries };
  }

  /** Without what is no content: the marker itself, control files, and what the service never looks at. */
  #contentOf(entries: readonly ManifestEntry[]): readonly ManifestEntry[] {
    return entries.filter(({ path }) => {
      const names = path.split('/');
      const isSignal = names.length === 1 && (path === this.name.normalize('NFC') || isControlFile(path));
      return !isSignal && names.every((name, i) => entryKind(name, i < names.length - 1) === 'content');
    });
  }

  #keep(folder: string, digest: string): void {
    this.#digests.delete(folder);
    this.#digests.set(folder, digest);
    const [oldest] = this.#digests.keys();
    if (this.#digests.size > MOST_DIGESTS && oldest !== undefined) this.#digests.delete(oldest);
  }
}

/** Folders whose manifests are remembered: some 10 MB. */
const MOST_DIGESTS = 50_000;
