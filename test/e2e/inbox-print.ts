import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';

/** Everything that could have been changed below a folder: names, modes, times, sizes, contents, targets of links. */
export function inboxPrint(folder: string): readonly string[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return [folder, ...paths.map((path) => join(folder, path))].map((path) => {
    const stats = lstatSync(path);
    return [path, stats.mode, stats.mtimeMs, stats.size, contentOf(path, stats)].join(' ');
  });
}

function contentOf(path: string, stats: Stats): string {
  if (stats.isSymbolicLink()) return readlinkSync(path);
  return stats.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : '-';
}
