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
import { TurnsApart } from '../delivery/turns-apart.js';
import { ReportDelivery } from './report-delivery.js';

/** A case that waits for a target is woken when it is its turn (delivery-watch.ts); should that be lost, it looks itself. */
const LOOK_AGAIN_MS = 9 * 60_000;
/** An optional target that works is mostly done with the others; one that takes longer goes on without the step. */
const OPTIONAL_GRACE_MS = 2_000;

type Failed = Extract<TurnEnd, { how: 'failed' }>;
type Waits = Extract<TurnEnd, { how: 'waits' }>;

/**
 * Delivers every object to every target. Each target has its own state for the case (`case_uploads`): one that is delivered
 * is left alone, one that is down is waited for without costing the case a retry, one that fails for a reason of this
 * case is tried again by itself. The case is completed when all that are not optional are delivered: no optional one is
 * waited for. Its turn goes on by itself (turns-apart.ts), and what is still open there is gone on with afterwards
 * (delivery-watch.ts). A run that adds deliveries to the doses of an earlier one
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
    private readonly apart: TurnsApart,
  ) {}

  async run(kase: Case, context: StepContext): Promise<StepOutcome> {
    const targets = await this.reports.targetsOf(kase);
    const read = this.objects.sending(kase, context.signal);
    const rows = await this.uploads.open(
      kase.id,
      targets.map(({ name }) => name),
    );
    const turnAt = (target: UploadTarget): Promise<TurnEnd> =>
      this.#turn(
        kase,
        target,
        rows.find((row) => row.target === target.name),
        read,
        context,
      );
    const optional = Promise.allSettled(targets.filter((target) => target.optional === true).map(turnAt));
    const ends = await Promise.all(targets.filter((target) => target.optional !== true).map(turnAt));
    await this.#awhile(optional, context.signal);
    context.signal.throwIfAborted();
    return this.#outcome(ends);
  }

  /** Until it has ended, or somewhat longer than the others took. */
  async #awhile(turns: Promise<unknown>, signal: AbortSignal): Promise<void> {
    const ended = new AbortController();
    void turns.then(() => {
      ended.abort();
    });
    await this.clock.sleep(OPTIONAL_GRACE_MS, AbortSignal.any([signal, ended.signal]));
  }

  async #turn(
    kase: Case,
    target: UploadTarget,
    upload: CaseUpload | undefined,
    read: () => Promise<Sending>,
    context: StepContext,
  ): Promise<TurnEnd> {
    if (upload?.state === 'delivered') return { how: 'delivered' };
    if (upload?.state === 'failed' && upload.error !== null) {
      const { severity, code, message, remedy } = upload.error;
      return { how: 'failed', error: new CaseError(severity, code, message, { remedy }), upload };
    }
    if (upload === undefined || context.held()) return { how: 'held' };
    const { name } = target;
    if (this.apart.isUnderWay(name, kase.id)) return { how: 'waits', words: `target ${name}, under way`, dueAt: null };
    if (target.optional !== true) return this.delivery.turn(kase, target, upload, read, context);
    const { log, signal } = context;
    return this.apart.begin({ target: name, kase, log }, signal, ({ held, ...apart }) => {
      const stopped = async (): Promise<boolean> => context.held() || (await held());
      return this.delivery.turn(kase, target, upload, read, { log, held: stopped, ...apart });
    });
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
