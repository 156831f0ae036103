import type { Inventory } from './inventory.js';

/** Files that only a folder of delivery logs has. PlanInfo alone would not do: it may be copied last. */
const LOG_FILE = /(?:^|\/)(?:planinfo\.txt|planrange\.(?:txt|csv)|[^/]+\.ptn)$/i;

/** Folders of delivery logs anywhere in the case, relative to it, sorted; the case folder itself is the empty text. */
export function deliveryFolders({ notDicom, unreadable }: Inventory): readonly string[] {
  const files = [...notDicom, ...unreadable.map(({ path }) => path)].filter((path) => LOG_FILE.test(path));
  return [...new Set(files.map((path) => path.slice(0, Math.max(0, path.lastIndexOf('/')))))].sort();
}
