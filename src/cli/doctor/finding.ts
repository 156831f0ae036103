import { DEFAULT_REMEDY, toCaseError } from '../../domain/errors.js';

/** One line of `mqi doctor`. */
export interface Finding {
  /** What was looked at. */
  readonly name: string;
  readonly result: 'ok' | 'warn' | 'fail';
  readonly message: string;
  /** What to do; null when all is well. */
  readonly remedy: string | null;
}

export const fine = (name: string, message: string): Finding => ({ name, result: 'ok', message, remedy: null });
export const doubtful = (name: string, message: string, remedy: string): Finding => ({
  name,
  result: 'warn',
  message,
  remedy,
});
export const broken = (name: string, message: string, remedy: string): Finding => ({
  name,
  result: 'fail',
  message,
  remedy,
});

type Found = Finding | readonly Finding[];

/** Whatever it asks, a disk, a server or a program, answers sooner when it is well. */
export const CHECK_LIMIT_MS = 60_000;

/**
 * A check that throws has found something wrong as well, and so has one that does not answer in time: it is left behind, and
 * the others go on.
 */
export async function finding(
  name: string,
  check: () => Promise<Found>,
  limitMs = CHECK_LIMIT_MS,
): Promise<readonly Finding[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Found>((resolve) => {
    timer = setTimeout(() => {
      resolve(broken(name, `no answer within ${String(limitMs / 1000)} s`, 'see whether what it asks hangs'));
    }, limitMs);
  });
  try {
    const found = check();
    found.catch(() => undefined); // heard below, or nobody waits for it any more
    return [await Promise.race([found, late])].flat();
  } catch (thrown) {
    const { message, remedy } = toCaseError(thrown);
    return [broken(name, message, withoutCase(remedy))];
  } finally {
    clearTimeout(timer);
  }
}

/** Remedies are written for cases, of which there is none here. */
export function withoutCase(remedy: string): string {
  if (remedy === DEFAULT_REMEDY.bug) return 'report this with the log of the service';
  if (Object.values(DEFAULT_REMEDY).includes(remedy)) return 'mend the cause, then run mqi doctor again';
  return remedy.replace(/[,;]? then: mqi (resume|retry) ID$/, '');
}
