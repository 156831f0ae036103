/**
 * Ready markers beside and above case folders make no event within one: what has come since the last list of the inbox is
 * told here.
 */
export class NewMarkers<Folder> {
  #known: ReadonlySet<string> = new Set();

  /** Those of the folders that got a marker since the last call. */
  among(folders: ReadonlyMap<string, Folder>, markers: readonly string[], readyMarker: string | null): Set<Folder> {
    const fresh = markers.filter((path) => !this.#known.has(path));
    this.#known = new Set(markers);
    const marked = new Set<Folder>();
    if (readyMarker === null || fresh.length === 0) return marked;
    // `caseMARKER`, `case.MARKER`, or `room/MARKER` for all in the room (domain/ready-marker.ts).
    const marking = new Set(fresh.map((path) => path.slice(0, -readyMarker.length)));
    for (const [folder, watched] of folders) {
      const above = folder.slice(0, folder.lastIndexOf('/') + 1);
      if (marking.has(folder) || marking.has(`${folder}.`) || (above !== '' && marking.has(above))) marked.add(watched);
    }
    return marked;
  }
}
