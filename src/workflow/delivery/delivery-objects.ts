import { Inject, Service } from 'typedi';
import type { Case } from '../../domain/case.js';
import { permanent, type CaseError } from '../../domain/errors.js';
import type { Folders } from '../../domain/folders.js';
import { BeamStore } from '../../ports/beam-store.js';
import { DoseMaker, type MadeDose } from '../../ports/dose-maker.js';
import { WorkFolders } from '../../ports/work-folders.js';
import { ReportDelivery } from '../steps/report-delivery.js';
import type { Sending } from './case-delivery.js';

/** What of a case is delivered. */
@Service()
export class DeliveryObjects {
  constructor(
    @Inject(BeamStore) private readonly beams: BeamStore,
    @Inject(DoseMaker) private readonly doses: DoseMaker,
    @Inject(WorkFolders) private readonly folders: Folders,
    private readonly reports: ReportDelivery,
  ) {}

  /** Read and checked once, when the first target is ready: a case that waits reads nothing. */
  sending(kase: Case, signal: AbortSignal): () => Promise<Sending> {
    let all: Promise<Sending> | null = null;
    const read = async (): Promise<Sending> => ({
      report: () => this.reports.newest(kase),
      beside: await this.reports.besides(kase),
      objects: kase.resultsOf === null ? await this.#read(kase, signal) : [],
    });
    return () => (all ??= read());
  }

  /** The dose of each beam, then the plan's. @throws permanent `dose.damaged` where one is not what was recorded */
  async #read(kase: Case, signal: AbortSignal): Promise<readonly MadeDose[]> {
    const objects: MadeDose[] = [];
    for (const { beamNumber, resultSha256 } of await this.beams.ofCase(kase.id)) {
      signal.throwIfAborted();
      const dose = await this.doses.read(this.folders.beamDose(kase, beamNumber), beamNumber);
      if (resultSha256 !== null && dose.sha256 !== resultSha256) throw notTheRecorded(beamNumber);
      objects.push(dose);
    }
    return [...objects, await this.doses.read(this.folders.planDose(kase), null)];
  }
}

const notTheRecorded = (beamNumber: number): CaseError =>
  permanent('dose.damaged', `the dose of beam ${String(beamNumber)} is not the one that was recorded`, {
    remedy: `have the beam calculated again: mqi retry ID --beam ${String(beamNumber)}`,
  });
