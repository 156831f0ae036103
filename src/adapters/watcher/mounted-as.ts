import { readFile } from 'node:fs/promises';

const MOUNTS = '/proc/self/mountinfo';

/** The kind of file system a folder lies on, as the kernel names it (`ext4`, `cifs`, `fuse.sshfs`); null where it is not told. */
export async function mountedAs(realPath: string): Promise<string | null> {
  try {
    return kindOf(await readFile(MOUNTS, 'utf8'), realPath);
  } catch {
    return null; // Not Linux, or not to be read: only a remark of the doctor depends on it.
  }
}

/** @param mountInfo as proc(5) describes /proc/PID/mountinfo; a later line hides an earlier one of the same folder */
export function kindOf(mountInfo: string, realPath: string): string | null {
  const around = mountInfo
    .split('\n')
    .map(mountOf)
    .filter(({ point, kind }) => point !== '' && kind !== '' && isWithin(realPath, point));
  // Sorting keeps the order of equals: the last of the longest is the one that is seen.
  return around.sort((a, b) => a.point.length - b.point.length).at(-1)?.kind ?? null;
}

function mountOf(line: string): { readonly point: string; readonly kind: string } {
  const [mount = '', system = ''] = line.split(' - ');
  return { point: unescaped(mount.split(' ')[4] ?? ''), kind: system.split(' ')[0] ?? '' };
}

const isWithin = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);

/** Blanks and the like are written as three octal digits. */
const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
