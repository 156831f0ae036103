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
  let best: { readonly point: string; readonly kind: string } | null = null;
  for (const line of mountInfo.split('\n')) {
    const [mount = '', system = ''] = line.split(' - ');
    const point = unescaped(mount.split(' ')[4] ?? '');
    const kind = system.split(' ')[0] ?? '';
    if (point === '' || kind === '' || !isWithin(realPath, point)) continue;
    if (best === null || point.length >= best.point.length) best = { point, kind };
  }
  return best?.kind ?? null;
}

const isWithin = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);

/** Blanks and the like are written as three octal digits. */
const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
