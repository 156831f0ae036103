import { readFile } from 'node:fs/promises';
import { Inject, Service } from 'typedi';
import type { Case } from '../../domain/case.js';
import type { Folders } from '../../domain/folders.js';
import { diskError } from '../../files/disk-error.js';
import { systemCode } from '../../files/system-code.js';
import { CaseStore } from '../../ports/case-store.js';
import { DeliveryStore } from '../../ports/delivery-store.js';
import { Settings } from '../../ports/settings.js';
import { type UploadTarget, UploadTargets } from '../../ports/upload-target.js';
import { WorkFolders } from '../../ports/work-folders.js';
import { targetRules } from '../delivery/target-rules.js';

/** The delivery report on its way beside the doses (docs/adr/0056-planned-against-delivered.md). */
@Service()
export class ReportDelivery {
  constructor(
    @Inject(UploadTargets) private readonly targets: readonly UploadTarget[],
    @Inject(DeliveryStore) private readonly deliveries: DeliveryStore,
    @Inject(CaseStore) private readonly cases: CaseStore,
    @Inject(WorkFolders) private readonly folders: Folders,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  /**
   * The report to lie beside the doses that stand for the case: that of the newest run they stand for, for it holds what those before
   * it held, and any of them may be delivered last. Null where none has compared anything, and where the newest report was
   * removed here: an older one in its place would be wrong.
   */
  async newest(kase: Case): Promise<string | null> {
    const place = placeOf(kase);
    const sharing = (await this.cases.runsOf(kase)).filter((run) => placeOf(run) === place);
    for (const run of sharing.filter((one) => one.id === kase.id || isDelivered(one))) {
      if (await this.#hasCompared(run)) return this.#read(run);
    }
    return null;
  }

  async #hasCompared({ id }: Case): Promise<boolean> {
    return (await this.deliveries.ofCase(id)).some(({ comparison }) => comparison !== null);
  }

  #read(kase: Case): Promise<string | null> {
    return readFile(this.folders.deliveryReport(kase), 'utf8').catch((thrown: unknown) => {
      if (systemCode(thrown) === 'ENOENT') return null;
      throw diskError(thrown);
    });
  }

  /** The run whose doses stand for this one and beside whose objects its report belongs; null: it has its own. */
  async besides(kase: Case): Promise<Case | null> {
    return kase.resultsOf === null ? null : this.cases.get(kase.resultsOf);
  }

  /** Where the case goes: everywhere; one that takes over the doses of an earlier run only where its report is taken. */
  async targetsOf(kase: Case): Promise<readonly UploadTarget[]> {
    if (kase.resultsOf === null) return this.targets;
    const isNothing = (await this.newest(kase)) === null || (await this.besides(kase)) === null;
    if (isNothing) return [];
    return this.targets.filter(
      (target) => target.report !== undefined && targetRules(this.settings, target.name).objects.has('report'),
    );
  }
}

/** The run in whose place at targets the report lies. */
const placeOf = ({ id, resultsOf }: Case): string => resultsOf ?? id;

/** Its report may have been sent. */
const isDelivered = ({ state, endedFrom }: Case): boolean =>
  state === 'assembled' || state === 'completed' || endedFrom === 'assembled';
