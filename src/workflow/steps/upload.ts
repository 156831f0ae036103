import { Inject, Service } from 'typedi';
import type { Case } from '../../domain/case.js';
import { type CaseError, permanent, SEVERITIES, type Severity, toCaseError } from '../../domain/errors.js';
import type { Folders } from '../../domain/folders.js';
import type { Receipt } from '../../domain/receipt.js';
import { BeamStore } from '../../ports/beam-store.js';
import { Clock } from '../../ports/clock.js';
import { DoseMaker, type MadeDose } from '../../ports/dose-maker.js';
import { ReceiptStore } from '../../ports/receipt-store.js';
import type { Step, StepContext, StepOutcome } from '../../ports/step.js';
import { type UploadTarget, UploadTargets } from '../../ports/upload-target.js';
import { WorkFolders } from '../../ports/work-folders.js';
import { ReportDelivery } from './report-delivery.js';

/** What became of one target in this attempt; `let-be`: it failed, and is optional. */
type TargetEnd = 'delivered' | 'held' | 'let-be' | CaseError;

/**
 * Delivers every object to every target. A receipt says `pending` before an object is sent and `delivered` once the
 * target has verified it; what a receipt says is delivered is not sent again. Targets go side by side, the objects of one
 * target in turn: a target that fails stops only itself, and the failure is thrown when the others are through. Failures
 * of an optional target are logged and let be; it is tried again only with another attempt of the step.
 */
@Service()
export class UploadStep implements Step {
  readonly name = 'upload';

  constructor(
    @Inject(UploadTargets) private readonly targets: readonly UploadTarget[],
    @Inject(ReceiptStore) private readonly receipts: ReceiptStore,
    @Inject(BeamStore) private readonly beams: BeamStore,
    @Inject(DoseMaker) private readonly doses: DoseMaker,
    @Inject(WorkFolders) private readonly folders: Folders,
    @Inject(Clock) private readonly clock: Clock,
    private readonly reports: ReportDelivery,
  ) {}

  async run(kase: Case, context: StepContext): Promise<StepOutcome> {
    const csv = await this.reports.of(kase);
    const ends =
      kase.resultsOf === null
        ? await this.#deliverAll(kase, csv, context)
        : await this.reports.add(kase.resultsOf, csv);
    context.signal.throwIfAborted();
    const failures = ends.filter((end) => typeof end !== 'string');
    const [first] = failures.sort((a, b) => ORDER[a.severity] - ORDER[b.severity]);
    if (first !== undefined) throw first;
    if (!ends.includes('held')) return { do: 'advance' };
    return { do: 'wait', waitingFor: 'the hold to be lifted', lookAgainAt: this.clock.now() };
  }

  async #deliverAll(kase: Case, csv: string | null, context: StepContext): Promise<readonly TargetEnd[]> {
    const objects = await this.#objects(kase, context.signal);
    return Promise.all(
      this.targets.map(async (target) => {
        const end = await this.#upload(kase, target, { objects, csv }, context);
        return target.optional === true && typeof end !== 'string' ? 'let-be' : end;
      }),
    );
  }

  async #objects(kase: Case, signal: AbortSignal): Promise<readonly MadeDose[]> {
    const objects: MadeDose[] = [];
    for (const { beamNumber, resultSha256 } of await this.beams.ofCase(kase.id)) {
      signal.throwIfAborted();
      const dose = await this.doses.read(this.folders.beamDose(kase, beamNumber), beamNumber);
      if (resultSha256 !== null && dose.sha256 !== resultSha256) throw notTheRecorded(beamNumber);
      objects.push(dose);
    }
    return [...objects, await this.doses.read(this.folders.planDose(kase), null)];
  }

  /** Never rejects: one target's failure is told when all have ended. */
  async #upload(
    kase: Case,
    target: UploadTarget,
    { objects, csv }: { readonly objects: readonly MadeDose[]; readonly csv: string | null },
    { signal, log, held }: StepContext,
  ): Promise<TargetEnd> {
    try {
      const delivered: Receipt[] = [];
      const known = await this.receipts.ofCase(kase.id);
      for (const object of objects) {
        const receipt = known.find((row) => row.target === target.name && row.sopInstanceUid === object.sopInstanceUid);
        if (receipt?.status === 'delivered' && receipt.sha256 === object.sha256) {
          delivered.push(receipt);
          continue;
        }
        if (held()) return 'held';
        delivered.push(await this.#deliver(kase, target, object, signal));
        log.info('dose delivered', { target: target.name, sopInstanceUid: object.sopInstanceUid, bytes: object.bytes });
      }
      if (csv !== null) await target.report?.(kase, csv);
      await target.finish(kase, delivered);
      return 'delivered';
    } catch (thrown) {
      const error = toCaseError(thrown);
      if (!signal.aborted) {
        log.warn('upload failed', { target: target.name, code: error.code, severity: error.severity }, thrown);
      }
      return error;
    }
  }

  async #deliver(kase: Case, target: UploadTarget, object: MadeDose, signal: AbortSignal): Promise<Receipt> {
    const { sopInstanceUid, sha256 } = object;
    const sent: Receipt = {
      caseId: kase.id,
      target: target.name,
      sopInstanceUid,
      sha256,
      status: 'pending',
      location: null,
      verifiedBy: null,
      at: this.clock.now(),
    };
    await this.receipts.record(sent);
    try {
      const receipt = await target.deliver(kase, object, signal);
      await this.receipts.record(receipt);
      return receipt;
    } catch (error) {
      // An abort leaves it pending: whether it arrived is found out by the next attempt.
      if (!signal.aborted) await this.receipts.record({ ...sent, status: 'failed', at: this.clock.now() });
      throw error;
    }
  }
}

const notTheRecorded = (beamNumber: number): CaseError =>
  permanent('dose.damaged', `the dose of beam ${String(beamNumber)} is not the one that was recorded`, {
    remedy: `have the beam calculated again: mqi retry ID --beam ${String(beamNumber)}`,
  });

/**
 * Which failure decides when several targets fail. One that may pass comes first, so that its target is tried again;
 * then those that a person mends; one that is final comes last, for it would end the case with the others undelivered.
 */
const DECIDES: readonly Severity[] = ['transient', 'operator', 'bug', 'permanent', 'input'];
const ORDER = Object.fromEntries(SEVERITIES.map((severity) => [severity, DECIDES.indexOf(severity)])) as Record<
  Severity,
  number
>;
