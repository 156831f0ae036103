import { CaseError, type Severity } from '../../domain/errors.js';
import type { EpochMs } from '../../domain/time.js';
import type { StepOutcome } from '../../ports/step.js';

/** How one beam's way through the step ended. `left`: nothing was started for it, since the case is held. */
export type BeamEnd =
  | { readonly how: 'converted'; readonly beamNumber: number }
  | { readonly how: 'left'; readonly beamNumber: number }
  | { readonly how: 'failed'; readonly beamNumber: number; readonly error: CaseError };

/** Which of several failures decides: what a person must mend first (the case can go on), then what cannot be mended. */
const RANK: Readonly<Record<Severity, number>> = { bug: 0, operator: 1, input: 2, permanent: 3, transient: 4 };

/**
 * What the step makes of the ends of all beams: on to the next state, wait while held, or the gravest failure, in words
 * that say what is done and what is not.
 */
export function simulationOutcome(ends: readonly BeamEnd[], now: EpochMs): StepOutcome {
  const failed = ends.filter((end) => end.how === 'failed');
  const [worst] = [...failed].sort((a, b) => RANK[a.error.severity] - RANK[b.error.severity]);
  if (worst !== undefined) {
    const { severity, code, remedy } = worst.error;
    const done = ends.filter(({ how }) => how === 'converted').length;
    const message = `${String(done)} of ${String(ends.length)} beams done; ${whichAndWhy(failed).join('; ')}`;
    throw new CaseError(severity, code, message, { remedy, cause: worst.error });
  }
  if (ends.some(({ how }) => how === 'left')) return { do: 'wait', waitingFor: 'held', lookAgainAt: now };
  return { do: 'advance' };
}

/** What stops one beam mostly stops them all: each reason once. */
function whichAndWhy(failed: readonly Extract<BeamEnd, { how: 'failed' }>[]): readonly string[] {
  const byReason = new Map<string, number[]>();
  for (const { beamNumber, error } of failed)
    byReason.set(error.message, [...(byReason.get(error.message) ?? []), beamNumber]);
  return [...byReason].map(
    ([message, numbers]) => `${numbers.length === 1 ? 'beam' : 'beams'} ${numbers.join(', ')}: ${message}`,
  );
}
