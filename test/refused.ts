import { CaseError } from '../src/domain/errors.js';

/** The CaseError that the work throws; fails if it throws none, passes on any other. */
export function refused(work: () => unknown): CaseError {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof CaseError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was refused');
}
