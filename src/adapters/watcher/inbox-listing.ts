import type { Dirent } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { entryKind } from '../../domain/entry-kind.js';
import { isMarkerBeside } from '../../domain/ready-marker.js';
import { isGone } from './error-code.js';
import { CALLS_PER_LISTING } from './folder-walk.js';
import { InboxCalls } from './inbox-calls.js';

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

/**
 * The case folders that lie `depth` levels below the inbox. Links are never followed: a linked folder is no case. Files
 * above the case level are nobody's, but for ready markers. Throws when the inbox itself cannot be read.
 */
export async function listInbox(
  inbox: string,
  depth: number,
  readyMarker: string | null,
  calls = new InboxCalls(),
): Promise<InboxListing> {
  const refused: RefusedFolder[] = [];
  const markers: string[] = [];
  let level: readonly string[] = [''];
  for (let at = 1; at <= depth; at += 1) {
    const next: string[] = [];
    for (const folder of level) {
      const marker = at === depth ? readyMarker : null;
      const listed = await calls.do(() => listFolder(inbox, folder, marker), CALLS_PER_LISTING);
      refused.push(...listed.refused);
      markers.push(...listed.markers);
      next.push(...listed.folders);
    }
    level = next;
  }
  return { cases: level, refused, markers };
}

interface Listed {
  readonly folders: string[];
  readonly refused: RefusedFolder[];
  readonly markers: string[];
}

async function listFolder(inbox: string, below: string, readyMarker: string | null): Promise<Listed> {
  const listed: Listed = { folders: [], refused: [], markers: [] };
  try {
    for await (const entry of await opendir(join(inbox, below), { bufferSize: 256 })) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (readyMarker !== null && entry.isFile() && isMarkerBeside(entry.name, readyMarker)) listed.markers.push(path);
      else sortIn(listed, entry, path);
    }
  } catch (thrown) {
    if (below === '') throw thrown;
    if (!isGone(thrown)) listed.refused.push({ folder: below, why: 'unreadable' });
  }
  return listed;
}

function sortIn({ folders, refused }: Pick<Listed, 'folders' | 'refused'>, entry: Dirent, folder: string): void {
  if (entryKind(entry.name, true) !== 'content') return;
  if (entry.isSymbolicLink()) refused.push({ folder, why: 'link' });
  else if (!entry.isDirectory()) return;
  else if (entry.name.includes(REPLACEMENT)) refused.push({ folder, why: 'name is not UTF-8' });
  else folders.push(folder);
}
