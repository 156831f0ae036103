import { join } from 'node:path';
import { input } from '../../domain/errors.js';
import type { ManifestEntry } from '../../domain/manifest.js';
import { byListedPath, type ManifestFinding } from '../../domain/manifest-finding.js';
import { diskError } from '../../files/disk-error.js';
import type { ManifestCheck } from '../../ports/manifest-check.js';
import { FileHashes } from './file-hashes.js';
import { ReadyMarkers } from './ready-markers.js';

/** Files read together: a share answers several at a time, and the thread pool has others to serve. */
const AT_ONCE = 4;

/** Reads the ready markers of the inbox again, and every file that their manifests list. */
export class InboxManifestCheck implements ManifestCheck {
  readonly #markers: ReadyMarkers | null;
  readonly #hashes = new FileHashes();

  constructor(private readonly options: { readonly inbox: string; readonly readyMarker: string | null }) {
    this.#markers = ReadyMarkers.of(options.inbox, options.readyMarker);
  }

  async check(
    { folder }: { readonly folder: string },
    files: readonly string[],
    signal: AbortSignal,
  ): Promise<ManifestFinding | null> {
    const marker = await this.#markers?.look(folder).catch(notAnswering);
    if (marker === null || marker === undefined) return null;
    if (marker.damage !== null) throw damaged(marker.damage);
    return marker.entries === null ? null : this.#hold(folder, files, marker.entries, signal);
  }

  async #hold(
    folder: string,
    files: readonly string[],
    entries: readonly ManifestEntry[],
    signal: AbortSignal,
  ): Promise<ManifestFinding> {
    const fileOf = byListedPath(files);
    const found = entries.map((entry) => ({ ...entry, file: fileOf(entry.path) }));
    const verdicts = new Array<'gone' | 'differs' | 'same'>(found.length);
    let next = 0;
    // Each lane takes the next entry; the index changes between awaits only.
    const lane = async (): Promise<void> => {
      for (let i = next++; i < found.length; i = next++) {
        const { file, sha256 } = found[i] ?? { file: null, sha256: '' };
        const hash = file === null ? 'gone' : await this.#hashes.of(join(this.options.inbox, folder, file), signal);
        verdicts[i] = hash === 'gone' ? 'gone' : hash === sha256 ? 'same' : 'differs';
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane)).catch(notAnswering);
    const those = (verdict: string): string[] =>
      found.filter((_, i) => verdicts[i] === verdict).map(({ path }) => path);
    const listed = new Set(found.map(({ file }) => file));
    const unlisted = files.filter((file) => !listed.has(file));
    return { listed: found.length, missing: those('gone'), differing: those('differs'), unlisted };
  }
}

function notAnswering(thrown: unknown): never {
  throw diskError(thrown, 'the inbox');
}

const damaged = (why: string): Error =>
  input('intake.manifest-damaged', `the manifest in the ready marker of the folder cannot be used: ${why}`, {
    remedy: 'write it anew, with a line for each file as sha256sum does: the folder is then taken as a new run',
  });
