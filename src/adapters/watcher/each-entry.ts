import type { Dirent } from 'node:fs';
import { opendir, readdir } from 'node:fs/promises';

/** The most entries that are read at once: about 10 ms of the event loop. */
const MOST_AT_ONCE = 20_000;
const PORTION = 256;

/**
 * The entries of a folder, one after the other, in no order to rely on. Reading them at once costs a third of reading in
 * portions (one call of a thread instead of four and more, no promise for each entry), but a folder of a million files would
 * stop the event loop: so it is done only where the look before found few. Should that one have grown by a million since, it
 * stops the loop for about half a second, once.
 * @param expected entries found the last time; null when it was never looked at
 */
export async function eachEntry(folder: string, expected: number | null, take: (entry: Dirent) => void): Promise<void> {
  if (expected !== null && expected <= MOST_AT_ONCE) {
    for (const entry of await readdir(folder, { withFileTypes: true })) take(entry);
    return;
  }
  for await (const entry of await opendir(folder, { bufferSize: PORTION })) take(entry);
}
