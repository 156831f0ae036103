import { printableName } from './printable-name.js';

/** The files of a case folder held against its manifest. Paths are below the case folder. */
export interface ManifestFinding {
  /** Files that the manifest lists. */
  readonly listed: number;
  readonly missing: readonly string[];
  /** Of another content than the manifest says, or not to be read. */
  readonly differing: readonly string[];
  /** There, but not in the manifest. */
  readonly unlisted: readonly string[];
}

/** What is still to come, in words; null when all is as the manifest says. Paths are shown as the inventory's are: to users only. */
export function manifestLacks({ listed, missing, differing }: ManifestFinding): string | null {
  const words: string[] = [];
  if (missing.length > 0) words.push(`${some(missing, listed)} not there yet, e.g. ${example(missing)}`);
  if (differing.length > 0) {
    words.push(`${some(differing, listed)} not as it says (or still being copied), e.g. ${example(differing)}`);
  }
  return words.length === 0 ? null : words.join('; ');
}

export function manifestRemarks({ unlisted }: ManifestFinding): readonly string[] {
  if (unlisted.length === 0) return [];
  const files = unlisted.length === 1 ? 'file is' : 'files are';
  return [`${String(unlisted.length)} ${files} not in the manifest, e.g. ${example(unlisted)}`];
}

/** Files by the paths that a manifest may have for them: composition of letters and, where only one fits, case may differ. */
export function byListedPath(files: readonly string[]): (listed: string) => string | null {
  const exact = new Map(files.map((path) => [path.normalize('NFC'), path]));
  const folded = new Map<string, string | null>();
  for (const [path, file] of exact) folded.set(path.toLowerCase(), folded.has(path.toLowerCase()) ? null : file);
  return (listed) => exact.get(listed) ?? folded.get(listed.toLowerCase()) ?? null;
}

const some = (paths: readonly string[], listed: number): string =>
  `${String(paths.length)} of ${String(listed)} files of the manifest ${paths.length === 1 ? 'is' : 'are'}`;

const example = ([path = '']: readonly string[]): string => printableName(path);
