import type { Beam } from '../../domain/beam.js';
import type { Case } from '../../domain/case.js';
import type { Folders } from '../../domain/folders.js';
import type { BeamStore } from '../../ports/beam-store.js';
import type { CaseStore } from '../../ports/case-store.js';
import type { Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import type { Scheduler } from '../../ports/scheduler.js';

interface LostAttemptDeps {
  readonly beams: BeamStore;
  readonly cases: CaseStore;
  readonly scheduler: Scheduler;
  readonly folders: Folders;
  readonly clock: Clock;
}

/**
 * A pending beam whose attempt a service opened that died before it wrote down a job. A job in the attempt's folder is taken
 * over. Else the attempt is closed as `lost` at once, not when the next one begins: the next may never come, as the case
 * is held meanwhile, or fails by another beam, and it would stay open for ever in the history of an ended case.
 *
 * @param place id of the place that such a job has, as known once the job is found
 * @returns the beam moved on; null where no attempt of it is open
 * @throws transient `beam.lost-race` if an operator was first; nothing is closed then
 */
export async function takeUpLostAttempt(
  { beams, cases, scheduler, folders, clock }: LostAttemptDeps,
  kase: Case,
  beam: Beam,
  { place, log }: { readonly place: () => string | null; readonly log: Logger },
): Promise<Beam | null> {
  if (beam.attempt === 0 || beam.job !== null) return null;
  const { beamNumber, attempt } = beam;
  const open = (await cases.attemptsOf(kase.id)).some(
    (row) => row.beamNumber === beamNumber && row.attempt === attempt && row.outcome === null,
  );
  if (!open) return null;
  const job = await scheduler.find(folders.attempt(kase, beamNumber, attempt));
  const at = clock.now();
  if (job === null) {
    log.info('attempt closed whose job was never started', { attempt });
    return beams.move(beam, { event: 'reset', at, outcome: 'lost' });
  }
  log.info('job found again', { attempt, host: job.host });
  const change = { job, resourceId: place(), host: job.host, startedAt: at, finishedAt: null };
  return beams.move(beam, { event: 'submit', change, at });
}
