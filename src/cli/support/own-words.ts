import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { wordsOf } from '../../domain/text-tokens.js';

/** The compiled program: our messages, keys and states are all in it. */
const PROGRAM = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Folded words that our own texts are made of, read from the program itself. A patient called Long or Range is found by
 * both parts of the name, not by a message that "took too long".
 */
export const ownWords = (): Promise<ReadonlySet<string>> => (kept ??= readWords());
/** The program does not change while it runs. */
let kept: Promise<ReadonlySet<string>> | undefined;

async function readWords(): Promise<ReadonlySet<string>> {
  const words = new Set<string>();
  for (const file of await readdir(PROGRAM, { recursive: true })) {
    // The bundle of the page is no text of ours in logs or answers.
    if (!file.endsWith('.js') || file.startsWith('web/page')) continue;
    for (const word of wordsOf(await readFile(join(PROGRAM, file), 'utf8'))) words.add(word);
  }
  return words;
}
