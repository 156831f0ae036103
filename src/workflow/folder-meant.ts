import { isAbsolute, join } from 'node:path';
import type { CaseFolder } from '../domain/case-folder.js';
import { operator } from '../domain/errors.js';
import { isThere } from '../files/is-there.js';
import { folderBelow } from './folder-below.js';

/**
 * The case folder meant by a path: absolute, or relative to an inbox, where it is looked for in each.
 * @param inboxes absolute paths by name, the first inbox first
 * @throws operator `intake.outside-inbox` where it lies in none, `usage.ambiguous` where it is in several
 */
export async function folderMeant(inboxes: ReadonlyMap<string, string>, folder: string): Promise<CaseFolder> {
  const below = [...inboxes].flatMap(([inbox, path]) => {
    const found = folderBelow(path, folder);
    return found === null ? [] : [{ inbox, folder: found, at: join(path, found) }];
  });
  const there = isAbsolute(folder) || below.length === 1 ? below : await present(below);
  const [only, other] = there.length === 0 ? below : there;
  if (only === undefined) {
    throw operator('intake.outside-inbox', 'the folder does not lie below an inbox', {
      remedy: 'copy it into the inbox, or name a folder that is there',
    });
  }
  if (there.length > 1 && other !== undefined) {
    throw operator('usage.ambiguous', 'several inboxes have a folder of that name', {
      remedy: 'name it by its full path',
    });
  }
  return { inbox: only.inbox, folder: only.folder };
}

async function present<T extends { readonly at: string }>(candidates: readonly T[]): Promise<readonly T[]> {
  const found: T[] = [];
  for (const candidate of candidates) {
    // A share that is away has nothing to offer; that it is away is said when the folder is looked at.
    if (await isThere(candidate.at).catch(() => false)) found.push(candidate);
  }
  return found;
}
