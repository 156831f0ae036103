import { Inject, Service } from 'typedi';
import { BeamStore } from '../../ports/beam-store.js';
import { CaseControl } from '../../ports/case-control.js';
import { Logger } from '../../ports/logger.js';

/**
 * Goes through with cancels that were interrupted: the case is cancelled, but whoever cancelled it died before its beams
 * and their jobs were ended. Such a job is nobody's, and would keep its place for as long as it likes. Repeating a cancel
 * harms nobody, so a cancel that is just under way may meet this one.
 */
@Service()
export class EndCancelledBeams {
  constructor(
    @Inject(BeamStore) private readonly beams: BeamStore,
    @Inject(CaseControl) private readonly control: CaseControl,
    @Inject(Logger) private readonly log: Logger,
  ) {}

  /** The number of cases whose cancel was gone through with. */
  async repair(): Promise<number> {
    const cases = new Set((await this.beams.leftOver()).map(({ caseId }) => caseId));
    for (const caseId of cases) {
      await this.control.cancel(caseId, 'service');
      this.log.child({ caseId }).info('interrupted cancel gone through with');
    }
    return cases.size;
  }
}
