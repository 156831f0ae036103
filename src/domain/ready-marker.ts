import type { ManifestEntry } from './manifest.js';

/** `inside` the case folder, `beside` it with its name, or `above`: a bare one in the folder that holds several cases. */
interface MarkerPlace {
  readonly kind: 'inside' | 'beside' | 'above';
  /** Below the inbox. */
  readonly path: string;
}

/**
 * Where a ready marker of this case folder (below the inbox, `/` between segments) may lie: `case/MARKER`, `caseMARKER`,
 * `case.MARKER`, and where cases lie within a folder of a patient or room, `MARKER` in that one.
 */
export function markerPlaces(folder: string, marker: string): readonly MarkerPlace[] {
  const above = folder.slice(0, folder.lastIndexOf('/') + 1);
  return [
    { kind: 'inside', path: `${folder}/${marker}` },
    { kind: 'beside', path: `${folder}${marker}` },
    { kind: 'beside', path: `${folder}.${marker}` },
    ...(above === '' ? [] : [{ kind: 'above' as const, path: above + marker }]),
  ];
}

/** Whether a file at the level of case folders is a ready marker of one or all of them, by its name. */
export const isMarkerBeside = (name: string, marker: string): boolean => name.endsWith(marker);

/**
 * What a manifest says of this case folder, with paths below it; null when it says nothing of it (only one `above` can:
 * then it marks other cases). One `beside` is taken to be made from beside (`case/ct/1.dcm`) if all its paths are so.
 */
export function entriesFor(
  folder: string,
  kind: MarkerPlace['kind'],
  entries: readonly ManifestEntry[],
): readonly ManifestEntry[] | null {
  if (kind === 'inside') return entries;
  const within = `${folder.slice(folder.lastIndexOf('/') + 1)}/`.normalize('NFC');
  const own = entries.filter(({ path }) => path.startsWith(within));
  if (kind === 'beside' && own.length < entries.length) return entries;
  if (own.length === 0) return null;
  return own.map(({ path, sha256 }) => ({ path: path.slice(within.length), sha256 }));
}
