import { toCaseError } from '../../domain/errors.js';

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

/** A check that throws has found something wrong as well. */
export async function finding(
  name: string,
  check: () => Promise<Finding | readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return [await check()].flat();
  } catch (thrown) {
    const { message, remedy } = toCaseError(thrown);
    return [broken(name, message, remedy)];
  }
}
