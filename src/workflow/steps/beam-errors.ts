import { HOST_AWAY } from '../../domain/away.js';
import type { Beam } from '../../domain/beam.js';
import { CaseError, permanent, toCaseError } from '../../domain/errors.js';
import { retryDelayMs, verdict, type RetryPolicy, type Verdict } from '../../domain/retry.js';

/** An attempt too many: what was worth trying again is so no longer. */
export const usedUp = (error: CaseError, failures: number): CaseError =>
  permanent(error.code, `${error.message}; tried ${String(failures)} times`, { cause: error });

/** A host that cannot be reached, or does not let us in, says nothing of the beam, however long that takes. */
export const saysOfBeam = ({ code }: Pick<CaseError, 'code'>): boolean => !HOST_AWAY.includes(code);

/** What a beam waits for whose host cannot be asked now, and may have been asked to start its job. */
export const awayWait = ({ code, message }: CaseError): string =>
  `its host to ${code === 'host.unreachable' ? 'answer' : 'let us in'}: ${message}`;

/**
 * What becomes of a beam: a host that cannot be asked is asked again and again, also where a person has to mend that, as its
 * other beams wait for it too and jobs may run there.
 * @param failures counted so far, from 1
 */
export const verdictOnBeam = (error: CaseError, failures: number, policy: RetryPolicy): Verdict =>
  saysOfBeam(error) ? verdict(error, failures, policy) : { do: 'retry', inMs: retryDelayMs(failures, policy) };

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
