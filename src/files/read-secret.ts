import { readFile } from 'node:fs/promises';

/** A secret as the configuration points at it: in a file (its first line) or in a variable of the environment. */
export interface SecretSource {
  readonly file: string | null;
  readonly variable: string | null;
}

/**
 * Read anew each time, so that a changed one counts at once; the variable wins. Null where it is not set, is empty or cannot be
 * read: the caller says so, without the path.
 */
export async function readSecret({ file, variable }: SecretSource): Promise<string | null> {
  if (variable !== null) return process.env[variable] || null;
  if (file === null) return null;
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split(/\r?\n/)[0] || null;
}
