import { readFile } from 'node:fs/promises';
import { Inject, Service } from 'typedi';
import type { Case } from '../../domain/case.js';
import { toCaseError, type CaseError } from '../../domain/errors.js';
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

  /** Puts it where the doses of an earlier run lie; what became of each target. Never rejects for a target. */
  async add(resultsOf: string, csv: string | null): Promise<readonly ('delivered' | 'let-be' | CaseError)[]> {
    const owner = csv === null ? null : await this.cases.get(resultsOf);
    if (owner === null || csv === null) return [];
    return Promise.all(
      this.targets.map(async (target) => {
        try {
          if (targetRules(this.settings, target.name).objects.has('report')) await target.report?.(owner, csv);
          return 'delivered';
        } catch (thrown) {
          return target.optional === true ? 'let-be' : toCaseError(thrown);
        }
      }),
    );
  }
}
