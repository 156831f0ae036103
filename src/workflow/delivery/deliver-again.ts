import { Inject, Service } from 'typedi';
import type { Case } from '../../domain/case.js';
import { operator, toCaseError, type CaseError } from '../../domain/errors.js';
import type { Folders } from '../../domain/folders.js';
import { isThere } from '../../files/is-there.js';
import { CaseStore } from '../../ports/case-store.js';
import { CaseUploadStore } from '../../ports/case-upload-store.js';
import { CaseControl } from '../../ports/case-control.js';
import { Clock } from '../../ports/clock.js';
import type { DeliveryControl } from '../../ports/delivery-control.js';
import { Logger } from '../../ports/logger.js';
import { Nudge } from '../../ports/nudge.js';
import { type UploadTarget, UploadTargets } from '../../ports/upload-target.js';
import { WorkFolders } from '../../ports/work-folders.js';
import { refused } from '../retry-plan.js';
import { TargetGates } from './target-gates.js';

/*
 * Deliver again, from any process: one write opens the deliveries, which says that what was delivered before is to be proven
 * again; the history says who asked. Then the step of the case does it (assembled), the watch (completed), or a retry
 * leads to the step (failed while delivering). Asked twice, it is done once more at most. A target that is down is tried at
 * once, by one attempt (target-gates.ts).
 */
@Service()
export class DeliverAgain implements DeliveryControl {
  constructor(
    @Inject(UploadTargets) private readonly targets: readonly UploadTarget[],
    @Inject(CaseStore) private readonly cases: CaseStore,
    @Inject(CaseUploadStore) private readonly uploads: CaseUploadStore,
    @Inject(CaseControl) private readonly control: CaseControl,
    @Inject(WorkFolders) private readonly folders: Folders,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Nudge) private readonly manager: Nudge,
    @Inject(Logger) private readonly log: Logger,
    private readonly gates: TargetGates,
  ) {}

  async deliver(id: string, target: string | null, actor: string): Promise<Case> {
    const names = this.#names(target);
    const kase = await this.cases.get(id);
    if (kase === null) throw operator('case.not-found', `there is no case ${id}`, { remedy: 'list them: mqi cases' });
    await this.#refuseWithoutResults(kase);
    await this.uploads.again(id, names, this.clock.now());
    const reason = target === null ? 'to deliver again' : `to deliver again to ${target}`;
    this.log.child({ caseId: id }).info('operator request done', { event: 'deliver', actor });
    if (kase.state === 'failed') return this.control.retry(id, { reason }, actor);
    return this.#note(kase, reason, actor);
  }

  #names(target: string | null): readonly string[] {
    const names = this.targets.map(({ name }) => name);
    if (target === null) return names;
    if (names.includes(target)) return [target];
    throw operator('usage.no-such-target', `there is no upload target "${target}"`, {
      remedy: `give one of ${names.join(', ')}`,
    });
  }

  /** `failed` counts where it was delivery that failed. */
  async #refuseWithoutResults(kase: Case): Promise<void> {
    const { state, endedFrom, resultsOf } = kase;
    if (resultsOf !== null) throw refused(`the doses of case ${resultsOf} stand for it; deliver that one`);
    const has = state === 'assembled' || state === 'completed' || (state === 'failed' && endedFrom === 'assembled');
    if (!has) throw refused(`it is ${state} and has no results to deliver`);
    if (!(await isThere(this.folders.planDose(kase)))) throw cleaned();
  }

  /**
   * In the history of the case; one that waits is due at once. The service may write the row at the same time, which is no
   * contest: then it is noted in the row as it is by then.
   */
  async #note(kase: Case, reason: string, actor: string, triesLeft = 5): Promise<Case> {
    const waits = kase.state === 'assembled' && kase.leaseOwner === null && kase.heldBecause === null;
    const at = this.clock.now();
    const change = waits ? { notBefore: at } : {};
    const transition = { event: 'deliver', to: kase.state, reason, actor } as const;
    try {
      const after = await this.cases.commit(kase, { change, at, transition });
      this.manager.nudge(kase.id);
      this.gates.asked();
      return after;
    } catch (thrown) {
      const now = triesLeft > 0 && toCaseError(thrown).code === 'case.lost-race' ? await this.cases.get(kase.id) : null;
      if (now === null) throw thrown;
      return this.#note(now, reason, actor, triesLeft - 1);
    }
  }
}

const cleaned = (): CaseError =>
  operator('case.refused', 'its results were cleaned away (retention)', {
    remedy: 'copy them from a target that has them, or have them calculated by a new run: mqi retry ID',
  });
