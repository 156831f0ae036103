import type { Beam } from '../../domain/beam.js';
import type { Attempt } from '../../domain/case.js';
import { operator, type CaseError } from '../../domain/errors.js';
import { retryDelayMs, verdict, type RetryPolicy, type Verdict } from '../../domain/retry.js';
import { saysOfBeam, verdictOnBeam } from './beam-errors.js';

/** The place was taken away from the job, or never given to it: nobody's fault, and not counted as a failure of the beam. */
const DISPLACED: readonly string[] = [
  'engine.node-lost',
  'engine.preempted',
  'engine.requeued',
  'engine.not-launched',
  'gpu.lost',
  'gpu.busy',
];

/** No job was taken, as the cluster takes none now: a full queue, a partition that is drained. Waited for, however long. */
const NOT_TAKEN: readonly string[] = ['slurm.busy', 'slurm.lost'];

/** So often in a row, then a person is asked: a place that is always taken away never gives a dose. */
export const MOST_DISPLACED = 20;

const SLURM_REMEDY = 'give its jobs nodes or a partition where they can stay (execution.slurm), then: mqi resume ID';
const GPU_REMEDY =
  'see who takes its GPU, or what is wrong with it (mqi gpus), leave it out (execution.gpus.deny), then: mqi resume ID';

/** What becomes of a beam whose attempt has failed. */
export interface BeamFate {
  readonly verdict: Verdict;
  /** For the beam's row: failures that count. */
  readonly failures: number;
  readonly error: CaseError;
}

/** @param attempts those of the case, oldest first */
export function fateOfBeam(error: CaseError, beam: Beam, attempts: readonly Attempt[], retries: RetryPolicy): BeamFate {
  if (NOT_TAKEN.includes(error.code)) {
    const inMs = retryDelayMs(inARowBefore(beam, attempts, NOT_TAKEN) + 1, retries);
    return { verdict: { do: 'retry', inMs }, failures: beam.failures, error };
  }
  if (DISPLACED.includes(error.code)) {
    const others = attempts.filter((row) => !NOT_TAKEN.includes(row.error?.code ?? ''));
    return fateOfDisplaced(error, beam, inARowBefore(beam, others, DISPLACED) + 1, retries);
  }
  const failures = beam.failures + (saysOfBeam(error) ? 1 : 0);
  return { verdict: verdictOnBeam(error, Math.max(1, failures), retries), failures, error };
}

function fateOfDisplaced(error: CaseError, { failures }: Beam, times: number, retries: RetryPolicy): BeamFate {
  if (times < MOST_DISPLACED) {
    return { verdict: verdict(error, times, { ...retries, maxRetries: MOST_DISPLACED }), failures, error };
  }
  const held = operator('engine.displaced', `${error.message}; so it went ${String(times)} times in a row`, {
    remedy: error.code.startsWith('gpu.') ? GPU_REMEDY : SLURM_REMEDY,
    cause: error,
  });
  return { verdict: { do: 'hold' }, failures, error: held };
}

/** Attempts of the beam that ended so, back to the last one that ended otherwise. */
function inARowBefore({ beamNumber }: Beam, attempts: readonly Attempt[], codes: readonly string[]): number {
  const ended = attempts.filter((row) => row.beamNumber === beamNumber && row.outcome !== null);
  const last = ended.findLastIndex(({ outcome, error }) => outcome !== 'retried' || !codes.includes(error?.code ?? ''));
  return ended.length - 1 - last;
}
