import { toCaseError, toFailure, type Failure } from '../../../domain/errors.js';
import { diskError } from '../../../files/disk-error.js';
import type { Deidentifier, DoseIdentity, Replacements } from '../../../ports/deidentifier.js';
import { identityIn, readSourceDose } from './source-dose.js';
import { writeDeidentified } from './write-deidentified.js';

/** Errors of our class do not survive the way between threads; their parts do. */
export type Reply<T> = { readonly value: T } | { readonly failure: Failure; readonly cause: unknown };

export interface WriteTask {
  readonly path: string;
  readonly target: string;
  readonly replacements: Replacements;
}

export const identity = (path: string): Reply<DoseIdentity> => reply(() => identityIn(readSourceDose(path)));

export const write = ({ path, target, replacements }: WriteTask): Reply<Awaited<ReturnType<Deidentifier['write']>>> =>
  reply(() => writeDeidentified(path, target, replacements));

function reply<T>(work: () => T): Reply<T> {
  try {
    return { value: work() };
  } catch (thrown) {
    const error = toCaseError(diskError(thrown));
    return { failure: toFailure(error), cause: error.cause };
  }
}
