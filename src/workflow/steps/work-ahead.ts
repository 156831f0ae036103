import { Inject, Service } from 'typedi';
import type { Beam } from '../../domain/beam.js';
import type { Case } from '../../domain/case.js';
import { toCaseError } from '../../domain/errors.js';
import type { Folders } from '../../domain/folders.js';
import { Clock } from '../../ports/clock.js';
import { Engine } from '../../ports/engine.js';
import { Scheduler } from '../../ports/scheduler.js';
import type { StepContext } from '../../ports/step.js';
import { WorkFolders } from '../../ports/work-folders.js';

const TRY_AGAIN_MS = 30_000;

/**
 * What can be done for a beam while the place that it will get is still another's (docs/adr/0270): the engine makes what the
 * beams of the case share, and what the job will read is brought to the host of that place. Of large CTs either takes
 * seconds, in which a GPU would be idle. Only the beam that is next does so: a thousand may wait.
 *
 * Nothing depends on it but time. What fails, or goes to a host that is not the one in the end, is done by the job's own
 * submission; what is still under way when that comes is waited for there, not done twice.
 */
@Service()
export class WorkAhead {
  constructor(
    @Inject(Engine) private readonly engine: Engine,
    @Inject(Scheduler) private readonly scheduler: Scheduler,
    @Inject(WorkFolders) private readonly folders: Folders,
    @Inject(Clock) private readonly clock: Pick<Clock, 'monotonicMs'>,
  ) {}

  /**
   * To be told, again and again, that the beam is next, and on which host it will most likely run. Works once for each host,
   * and anew some time after it failed, should the beam still wait then: a line that broke may be well again.
   */
  of(kase: Case, beam: Beam, context: StepContext): (host: string | null) => void {
    /** By host, when it may be tried again, monotonic; never where it is under way or done. */
    const againAtMs = new Map<string, number>();
    let making: Promise<readonly string[]> | null = null;
    const make = (): Promise<readonly string[]> =>
      (making ??= this.#make(kase, beam, context.signal).catch((thrown: unknown) => {
        making = null;
        throw thrown;
      }));
    const failed = (host: string): void => {
      againAtMs.set(host, this.clock.monotonicMs() + TRY_AGAIN_MS);
    };
    return (host) => {
      context.isNext?.();
      if (host === null || this.clock.monotonicMs() < (againAtMs.get(host) ?? 0)) return;
      againAtMs.set(host, Infinity);
      void this.#bring(host, make, failed, context);
    };
  }

  async #make(kase: Case, { beamNumber }: Beam, signal: AbortSignal): Promise<readonly string[]> {
    const beamInputPath = this.folders.beamInput(kase, beamNumber);
    const geometryPath = this.folders.geometry(kase, beamNumber);
    return (await this.engine.ahead?.({ beamInputPath, geometryPath, beamNumber }, signal)) ?? [];
  }

  /** Never rejects. */
  async #bring(
    host: string,
    make: () => Promise<readonly string[]>,
    failed: (host: string) => void,
    { signal, log }: StepContext,
  ): Promise<void> {
    try {
      await this.scheduler.bringAhead?.(host, await make(), signal);
    } catch (thrown) {
      if (signal.aborted) return;
      failed(host);
      // The beam hears of it when it has its place, if it still is so then.
      log.debug('nothing could be done ahead for a beam', { host, code: toCaseError(thrown).code });
    }
  }
}
