import { join } from 'node:path';
import { Inject, Service } from 'typedi';
import { formatAcceptedCase } from '../../domain/accepted-case.js';
import type { Accepted } from '../../domain/accepted-case.js';
import { acceptCase, choosePlan, waitedTooLong, type Lacking } from '../../domain/acceptance.js';
import type { Case } from '../../domain/case.js';
import { isPastInbox } from '../../domain/case-machine.js';
import { CaseError, input } from '../../domain/errors.js';
import type { Folders } from '../../domain/folders.js';
import { diskError } from '../../files/disk-error.js';
import { mayPass } from '../../files/system-code.js';
import { filesOf, type Inventory, type PlanFile } from '../../domain/inventory.js';
import { manifestLacks, manifestRemarks } from '../../domain/manifest-finding.js';
import type { EpochMs } from '../../domain/time.js';
import { MAX_PLAN_BYTES } from '../../domain/plan.js';
import type { IonPlan } from '../../domain/plan.js';
import { CaseReader } from '../../ports/case-reader.js';
import { CaseStore } from '../../ports/case-store.js';
import { Clock } from '../../ports/clock.js';
import { ManifestCheck } from '../../ports/manifest-check.js';
import { Settings } from '../../ports/settings.js';
import type { Step, StepContext, StepOutcome } from '../../ports/step.js';
import { WorkFolders } from '../../ports/work-folders.js';
import { deliveryStamps } from '../content-digest.js';
import { DeliveryLogs } from '../delivery-logs.js';
import { FurtherDeliveries } from '../further-deliveries.js';
import { PlanTwins } from '../plan-twins.js';
import { SettledContent, UNSETTLED } from '../settled-content.js';
import { readDropped, writeWholeFile } from './whole-file.js';

/** A folder is looked at again this often while it is waited for; changed content makes the case due at once. */
const LOOK_AGAIN_MS = 10 * 60_000;
/** An earlier run that is left to end is looked after this often: nobody tells when it has. */
const RUN_ENDED_MS = 15_000;
const MS_PER_HOUR = 3_600_000;

/**
 * From a registered folder to a case that is known to be whole: reads the headers, keeps a copy of the plan, and applies
 * the rules of acceptance. What is read is the copy, so that what later steps see is what was judged.
 *
 * A verdict, acceptance or refusal, is believed only if the folder still is as it was taken when all is read: otherwise it may
 * be on half of what is being copied, or on what the watcher is yet to offer, which would then be a further run.
 * Safe to repeat: the same content writes the same files.
 */
@Service()
export class ValidateStep implements Step {
  readonly name = 'validate';

  constructor(
    @Inject(CaseReader) private readonly reader: CaseReader,
    @Inject(ManifestCheck) private readonly manifests: ManifestCheck,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Settings) private readonly settings: Settings,
    @Inject(WorkFolders) private readonly folders: Folders,
    @Inject(CaseStore) private readonly cases: CaseStore,
    private readonly twins: PlanTwins,
    private readonly logs: DeliveryLogs,
    private readonly further: FurtherDeliveries,
    private readonly content: SettledContent,
  ) {}

  async run(kase: Case, context: StepContext): Promise<StepOutcome> {
    const earlier = await this.#earlierRuns(kase);
    const ending = earlier.find(({ state }) => isPastInbox(state));
    if (ending !== undefined) return this.#waitForRun(ending);
    const since = waitsSince(kase, earlier, context.inboxLostMs);
    // What is known to be changing is not read before it has settled.
    const unsettled = kase.waitingFor === UNSETTLED ? await this.#unsettled(kase, context) : null;
    if (unsettled !== null) return unsettled;
    try {
      return await this.#read(kase, since, context);
    } catch (thrown) {
      return this.#unlessUnsettled(thrown, kase, context);
    }
  }

  /** A refusal of content that is no longer what was taken is none. */
  async #unlessUnsettled(thrown: unknown, kase: Case, context: StepContext): Promise<StepOutcome> {
    const isRefusal = thrown instanceof CaseError && thrown.severity === 'input';
    const unsettled = isRefusal && !context.signal.aborted ? await this.#unsettled(kase, context) : null;
    if (unsettled === null) throw thrown;
    return unsettled;
  }

  /** What to do while the folder is not as it was taken; null if it is, or is not there at all. */
  async #unsettled(kase: Case, { signal, inboxLostMs }: StepContext): Promise<StepOutcome | null> {
    const now = await this.content.look(kase, signal);
    if (now.is !== 'changed') return null;
    // Not since the content was taken: a case may have waited nearly as long for what now comes.
    const since = now.since + (inboxLostMs?.(now.since) ?? 0);
    return this.#wait(UNSETTLED, since, null, 'settling', now.againInMs);
  }

  async #read(kase: Case, since: EpochMs, context: StepContext): Promise<StepOutcome> {
    const { signal } = context;
    const inventory = await this.reader.inventory(this.folders.dropped(kase), signal);
    // First, since it alone can tell a file that is missing from one that was never meant to come.
    const listed = await this.manifests.check(kase, filesOf(inventory), signal);
    const lacks = listed === null ? null : manifestLacks(listed);
    if (lacks !== null) return this.#wait(lacks, since, null, 'manifest');
    const remarks = listed === null ? [] : manifestRemarks(listed);
    return this.#judge(kase, inventory, { since, remarks }, context);
  }

  /** @param found when waiting began, and what the manifest says */
  async #judge(
    kase: Case,
    inventory: Inventory,
    found: { readonly since: EpochMs; readonly remarks: readonly string[] },
    context: StepContext,
  ): Promise<StepOutcome> {
    const { signal, log } = context;
    const file = choosePlan(inventory);
    const plan = await this.#plan(kase, this.folders.dropped(kase), file);
    const acceptance = acceptCase(inventory, plan, this.settings.geometry.kind);
    const logs = await this.logs.accept(kase, inventory, plan, signal);
    if (acceptance.do === 'wait' || logs.do === 'wait') {
      await this.twins.replaceRenamed(kase, plan);
      const lacking = acceptance.do === 'wait' ? 'ct' : 'delivery';
      return this.#wait(missingWords([acceptance, logs]), found.since, plan, lacking);
    }
    const facts = factsOf(plan);
    const settled = await this.further.settle(kase, acceptance.figures, inventory, logs);
    if (settled.do === 'wait') return { ...settled, facts };
    const unsettled = await this.#unsettled(kase, context);
    if (unsettled !== null) return unsettled;
    const remarks = [...settled.remarks, ...acceptance.remarks, ...logs.remarks];
    const { ctSlices } = acceptance;
    await this.#keep(kase, inventory, file, {
      ...logs,
      ctSlices,
      remarks,
      deliveryStamps: deliveryStamps(inventory, logs.deliveries),
    });
    const twinRemarks = await this.twins.accept(kase, plan);
    log.info('case accepted', { files: inventory.files, bytes: inventory.bytes, count: acceptance.figures.length });
    return {
      do: 'advance',
      facts: { ...facts, ...settled.facts, beamCount: settled.beams.length },
      beams: settled.beams,
      remarks: [...twinRemarks, ...found.remarks, ...remarks],
    };
  }

  async #plan(kase: Case, folder: string, file: PlanFile): Promise<IonPlan> {
    // One byte beyond the limit is enough for the reader to refuse it.
    const bytes = await readDropped(join(folder, file.path), MAX_PLAN_BYTES + 1).catch((cause: unknown) => {
      if (mayPass(cause)) throw diskError(cause, 'the inbox');
      throw input('plan.not-readable', 'the plan file cannot be read', {
        cause,
        remedy: 'check that the file is there and may be read, then: mqi retry ID',
      });
    });
    const copy = this.folders.planCopy(kase);
    await writeWholeFile(copy, bytes);
    return this.reader.plan(copy);
  }

  async #keep(kase: Case, inventory: Inventory, file: PlanFile, accepted: Accepted): Promise<void> {
    await writeWholeFile(this.folders.inventory(kase), formatAcceptedCase(inventory, file, accepted));
  }

  /** With `intake.onChange: restart` none is left to end: the registrar has cancelled them. */
  async #earlierRuns(kase: Case): Promise<readonly Case[]> {
    if (this.settings.intake.onChange !== 'finish') return [];
    return (await this.cases.runsOf(kase)).filter((other) => other.run < kase.run);
  }

  #waitForRun({ run }: Case): StepOutcome {
    const waitingFor = `run ${String(run)} of this folder to end`;
    return { do: 'wait', waitingFor, lookAgainAt: this.clock.now() + RUN_ENDED_MS };
  }

  /** @param plan null while it is not known whether it is there as it was sent */
  #wait(
    waitingFor: string,
    since: EpochMs,
    plan: IonPlan | null,
    lacking: Lacking,
    againInMs = LOOK_AGAIN_MS,
  ): StepOutcome {
    const hours = this.settings.intake.incompleteHours;
    const deadline = since + hours * MS_PER_HOUR;
    const now = this.clock.now();
    if (now >= deadline) throw waitedTooLong(waitingFor, hours, lacking);
    const wait = { do: 'wait', waitingFor, lookAgainAt: Math.min(deadline, now + againInMs) } as const;
    return plan === null ? wait : { ...wait, facts: factsOf(plan) };
  }
}

type Verdict = { readonly do: 'accept' } | { readonly do: 'wait'; readonly waitingFor: string };

/** Of files and of delivery logs: all that is missing is said at once. */
const missingWords = (verdicts: readonly Verdict[]): string =>
  verdicts.flatMap((verdict) => (verdict.do === 'wait' ? [verdict.waitingFor] : [])).join('; ');

const factsOf = ({ label, sopInstanceUid }: IonPlan): Pick<Case, 'planLabel' | 'planSopInstanceUid'> => {
  return { planLabel: label, planSopInstanceUid: sopInstanceUid };
};

/**
 * The time to wait for files begins with the present content, and not before an earlier run had ended. What a share that was
 * away could not bring is not counted against the case.
 */
function waitsSince({ takenAt }: Case, earlier: readonly Case[], inboxLostMs: StepContext['inboxLostMs']): EpochMs {
  const since = Math.max(takenAt, ...earlier.map(({ finishedAt }) => finishedAt ?? takenAt));
  return since + (inboxLostMs?.(since) ?? 0);
}
