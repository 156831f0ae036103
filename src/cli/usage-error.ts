import { operator, type CaseError } from '../domain/errors.js';

/** A command that was called wrongly; `remedy` says how to call it. */
export const usageError = (message: string, remedy: string): CaseError => operator('usage.wrong', message, { remedy });
