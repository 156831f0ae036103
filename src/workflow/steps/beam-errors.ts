import type { Beam } from '../../domain/beam.js';
import { CaseError, permanent, toCaseError } from '../../domain/errors.js';

/** An attempt too many: what was worth trying again is so no longer. */
export const usedUp = (error: CaseError, failures: number): CaseError =>
  permanent(error.code, `${error.message}; tried ${String(failures)} times`, { cause: error });

/** A host that cannot be reached says nothing of the beam, however long that takes. */
export const saysOfBeam = ({ code }: CaseError): boolean => code !== 'host.unreachable';

/** What a beam waits for whose host cannot be reached, and may have been asked to start its job. */
export const awayWait = ({ message }: CaseError): string => `its host to answer: ${message}`;

/** The configuration does not name the host of a job: it may run on there, so its beam stays submitted and is held. */
export const isOutOfReach = ({ code }: CaseError): boolean => code === 'host.not-configured';

/** That another holds the place is recorded with the attempt; that a lease could not be written says nothing of it. */
export function busyOrThrow(thrown: unknown): CaseError {
  const error = toCaseError(thrown);
  if (error.code === 'gpu.busy') return error;
  throw error;
}

/** A beam that had ended before: its own failure again, so that the case ends the same way. */
export function recordedError({ error, state }: Beam): CaseError {
  if (error === null) return permanent(`beam.${state}`, `it was ${state} before`);
  const severity = error.severity === 'transient' ? 'permanent' : error.severity;
  return new CaseError(severity, error.code, error.message, { remedy: error.remedy });
}
