import { closeSync, openSync } from 'node:fs';

/** Opens a file for reading, hands its descriptor to `use`, and closes it whatever happens. */
export function withFile<T>(path: string, use: (file: number) => T): T {
  const file = openSync(path, 'r');
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}

/** The same for several files at once. */
export function withFiles<T>(paths: readonly string[], use: (files: readonly number[]) => T): T {
  const files: number[] = [];
  try {
    for (const path of paths) files.push(openSync(path, 'r'));
    return use(files);
  } finally {
    for (const file of files) closeSync(file);
  }
}
