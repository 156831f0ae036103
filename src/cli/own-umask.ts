import type { Settings } from '../ports/settings.js';

/**
 * Makes what this process and its engines create no more open than `umask` says. A caller's narrower one stays: it only ever
 * takes rights away. To be called before anything is written, and never from a worker thread.
 */
export function narrowUmask({ umask }: Pick<Settings, 'umask'>): void {
  process.umask(presentUmask() | Number.parseInt(umask, 8));
}

/** What is taken from the rights of new files now; asking Node for it without setting it is deprecated. Not for a worker thread. */
export function presentUmask(): number {
  const present = process.umask(0o077);
  process.umask(present);
  return present;
}
