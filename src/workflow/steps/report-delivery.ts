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

  /** The report of the case; null where nothing was compared, or somebody has removed it. */
  async of(kase: Case): Promise<string | null> {
    const deliveries = await this.deliveries.ofCase(kase.id);
    if (deliveries.every(({ comparison }) => comparison === null)) return null;
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
    const isNothing = (await this.of(kase)) === null || (await this.besides(kase)) === null;
    if (isNothing) return [];
    return this.targets.filter(
      (target) => target.report !== undefined && targetRules(this.settings, target.name).objects.has('report'),
    );
  }
}
