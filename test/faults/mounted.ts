import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Null where file systems may be mounted here; else why not, in words for a skipped test. */
export function noMounting(): string | null {
  const probe = mkdtempSync(join(tmpdir(), 'mqi-mount-'));
  try {
    mountTmpfs(probe, '64k');
    unmount(probe);
    return null;
  } catch {
    return 'skipped: mounting a tmpfs needs root'; // also in a container without the right
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
}

/** A small disk at this folder, which is made. */
export function mountTmpfs(folder: string, size: string): void {
  mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'pipe' });
}

export function remount(folder: string, mode: 'ro' | 'rw'): void {
  execFileSync('mount', ['-o', `remount,${mode}`, folder], { stdio: 'pipe' });
}

/** Also when somebody still has a file of it open. */
export function unmount(folder: string): void {
  execFileSync('umount', ['--lazy', folder], { stdio: 'pipe' });
}
