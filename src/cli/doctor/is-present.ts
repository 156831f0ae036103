import { access } from 'node:fs/promises';

/** Whether it is there for us. */
export async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    // Whatever the reason, it is not there for us.
    return false;
  }
}

/** The code the system gives for a failure. */
export const codeOf = (thrown: unknown): string =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : 'unknown reason';
