import { Inject, Service } from 'typedi';
import type { CaseUpload } from '../../domain/case-upload.js';
import type { Case } from '../../domain/case.js';
import { CaseError, SEVERITIES, type Severity } from '../../domain/errors.js';
import { CaseUploadStore } from '../../ports/case-upload-store.js';
import { Clock } from '../../ports/clock.js';
import type { Step, StepContext, StepOutcome } from '../../ports/step.js';
import type { UploadTarget } from '../../ports/upload-target.js';
import { CaseDelivery, type Sending, type TurnEnd } from '../delivery/case-delivery.js';
import { DeliveryObjects } from '../delivery/delivery-objects.js';
import { ReportDelivery } from './report-delivery.js';

/** A case that waits for a target is woken when it is its turn (delivery-watch.ts); should that be lost, it looks itself. */
const LOOK_AGAIN_MS = 9 * 60_000;

type Failed = Extract<TurnEnd, { how: 'failed' }>;
type Waits = Extract<TurnEnd, { how: 'waits' }>;

/**
 * Delivers every object to every target. Each target has its own state for the case (`case_uploads`): one that is delivered
 * is left alone, one that is down is waited for without costing the case a retry, one that fails for a reason of this
 * case is tried again by itself. The case is completed when all that are not optional are delivered; what is still open
 * at an optional one is gone on with afterwards (delivery-watch.ts). A run that adds deliveries to the doses of an earlier one
 * sends its report alone, in the same way.
 */
@Service()
export class UploadStep implements Step {
  readonly name = 'upload';

  constructor(
    @Inject(CaseUploadStore) private readonly uploads: CaseUploadStore,
    @Inject(Clock) private readonly clock: Clock,
    private readonly reports: ReportDelivery,
    private readonly objects: DeliveryObjects,
    private readonly delivery: CaseDelivery,
  ) {}

  async run(kase: Case, context: StepContext): Promise<StepOutcome> {
    const targets = await this.reports.targetsOf(kase);
    const read = this.objects.sending(kase, context.signal);
    const rows = await this.uploads.open(
      kase.id,
      targets.map(({ name }) => name),
    );
    const ends = await Promise.all(
      targets.map(async (target) => {
        const end = await this.#turn(kase, target, rows, read, context);
        return target.optional === true ? [] : [end];
      }),
    );
    context.signal.throwIfAborted();
    return this.#outcome(ends.flat());
  }

  async #turn(
    kase: Case,
    target: UploadTarget,
    rows: readonly CaseUpload[],
    read: () => Promise<Sending>,
    context: StepContext,
  ): Promise<TurnEnd> {
    const upload = rows.find((row) => row.target === target.name);
    if (upload?.state === 'delivered') return { how: 'delivered' };
    if (upload?.state === 'failed' && upload.error !== null) {
      const { severity, code, message, remedy } = upload.error;
      return { how: 'failed', error: new CaseError(severity, code, message, { remedy }), upload };
    }
    if (upload === undefined || context.held()) return { how: 'held' };
    return this.delivery.turn(kase, target, upload, read, context);
  }

  /** Of the targets that are not optional. What can still be waited for comes before what ends or holds the case. */
  async #outcome(ends: readonly TurnEnd[]): Promise<StepOutcome> {
    if (ends.some(({ how }) => how === 'held')) {
      return { do: 'wait', waitingFor: 'the hold to be lifted', lookAgainAt: this.clock.now() };
    }
    const failures = ends.filter((end): end is Failed => end.how === 'failed');
    const [first] = failures.sort((a, b) => inOrder(a.error, b.error));
    const waits = ends.filter((end): end is Waits => end.how === 'waits');
    if (first !== undefined && (waits.length === 0 || first.error.severity === 'bug')) {
      for (const failure of failures) await this.delivery.reopen(failure);
      throw first.error;
    }
    if (waits.length === 0) return { do: 'advance' };
    const latest = this.clock.now() + LOOK_AGAIN_MS;
    const due = waits.map(({ dueAt }) => dueAt ?? latest);
    const waitingFor = waits.map(({ words }) => words).join(' and ');
    return { do: 'wait', waitingFor, lookAgainAt: Math.min(latest, ...due) };
  }
}

/**
 * Which failure decides when several targets fail: those that a person mends come first; one that is final comes last,
 * for it ends the case.
 */
const DECIDES: readonly Severity[] = ['bug', 'transient', 'operator', 'permanent', 'input'];
const ORDER = Object.fromEntries(SEVERITIES.map((severity) => [severity, DECIDES.indexOf(severity)])) as Record<
  Severity,
  number
>;
const inOrder = (a: CaseError, b: CaseError): number => ORDER[a.severity] - ORDER[b.severity];
