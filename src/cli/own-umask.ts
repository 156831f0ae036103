import type { Settings } from '../ports/settings.js';

/**
 * Makes what this process and its engines create no more open than `umask` says. A caller's narrower one stays: it only ever
 * takes rights away. To be called before anything is written, and never from a worker thread.
 */
export function narrowUmask({ umask }: Pick<Settings, 'umask'>): void {
  const before = process.umask(0o077);
  process.umask(before | Number.parseInt(umask, 8));
}
