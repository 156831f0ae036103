import type { Beam, JobHandle } from '../../domain/beam.js';
import { CaseError, toCaseError } from '../../domain/errors.js';
import type { BeamMove, BeamStore } from '../../ports/beam-store.js';
import type { Logger } from '../../ports/logger.js';
import type { EngineRequest } from '../../ports/engine.js';
import type { JobRequest, Scheduler } from '../../ports/scheduler.js';
import { saysOfBeam } from './beam-errors.js';
import type { Tried } from './try-to.js';

/** What a job gets to end that was started for a beam which an operator moved meanwhile. */
const NOBODYS_GRACE_MS = 1_000;

/** How a job on this host names files of ours. */
export function namesAt(scheduler: Scheduler, host: string): Pick<EngineRequest, 'there' | 'installedThere'> {
  return {
    there: (path) => scheduler.there?.(host, path) ?? path,
    installedThere: (path) => scheduler.installedThere?.(host, path) ?? path,
  };
}

/** A submission whose answer was lost is found by its folder. Rejects where nobody can say whether a job runs. */
export async function submitJob(scheduler: Scheduler, request: JobRequest): Promise<Tried<JobHandle>> {
  try {
    return { ok: true, value: await scheduler.submit(request) };
  } catch (thrown) {
    const job = await scheduler.find(request.folder);
    if (job !== null) return { ok: true, value: job };
    const error = toCaseError(thrown);
    if (!saysOfBeam(error)) throw error;
    return { ok: false, error };
  }
}

/** What a job gets to end whose GPU is out of service: it mostly hangs in the driver. */
const LOST_GRACE_MS = 1_000;

/**
 * Ends a job that nobody waits for any more, as its GPU is lost. One that cannot be ended (it hangs in the driver) is left: its attempt is over,
 * so nothing it still writes counts.
 */
export async function endLost(scheduler: Scheduler, job: JobHandle, log: Logger): Promise<void> {
  try {
    await scheduler.kill(job, LOST_GRACE_MS);
  } catch (thrown) {
    log.warn('a job could not be ended', { code: toCaseError(thrown).code }, thrown);
  }
}

/** If an operator was first (cancel, retry), the job is nobody's: it is ended here, for nobody else knows of it. */
export async function recordJob(
  { beams, scheduler }: { readonly beams: BeamStore; readonly scheduler: Scheduler },
  begun: Beam,
  job: JobHandle,
  move: BeamMove,
): Promise<Beam> {
  try {
    return await beams.move(begun, move);
  } catch (thrown) {
    if (thrown instanceof CaseError && thrown.code === 'beam.lost-race') {
      const now = await beams.get(begun.id);
      if (now?.job?.folder !== job.folder) await scheduler.kill(job, NOBODYS_GRACE_MS);
    }
    throw thrown;
  }
}
