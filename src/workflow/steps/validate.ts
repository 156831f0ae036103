import { join } from 'node:path';
import { Inject, Service } from 'typedi';
import { formatAcceptedCase } from '../../domain/accepted-case.js';
import { acceptCase, choosePlan, waitedTooLong } from '../../domain/acceptance.js';
import type { Acceptance } from '../../domain/acceptance.js';
import type { Case } from '../../domain/case.js';
import { input } from '../../domain/errors.js';
import type { Folders } from '../../domain/folders.js';
import { diskError } from '../../files/disk-error.js';
import { mayPass } from '../../files/system-code.js';
import type { Inventory, PlanFile } from '../../domain/inventory.js';
import { MAX_PLAN_BYTES } from '../../domain/plan.js';
import type { IonPlan } from '../../domain/plan.js';
import { CaseReader } from '../../ports/case-reader.js';
import { Clock } from '../../ports/clock.js';
import { Settings } from '../../ports/settings.js';
import type { Step, StepContext, StepOutcome } from '../../ports/step.js';
import { WorkFolders } from '../../ports/work-folders.js';
import { readDropped, writeWholeFile } from './whole-file.js';

/** A folder is looked at again this often while it is waited for; changed content comes as a new run anyway. */
const LOOK_AGAIN_MS = 10 * 60_000;
const MS_PER_HOUR = 3_600_000;

/**
 * From a registered folder to a case that is known to be whole: reads the headers, keeps a copy of the plan, and applies
 * the rules of acceptance. What is read is the copy, so that what later steps see is what was judged.
 * Safe to repeat: the same content writes the same files.
 */
@Service()
export class ValidateStep implements Step {
  readonly name = 'validate';

  constructor(
    @Inject(CaseReader) private readonly reader: CaseReader,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Settings) private readonly settings: Settings,
    @Inject(WorkFolders) private readonly folders: Folders,
  ) {}

  async run(kase: Case, { signal, log }: StepContext): Promise<StepOutcome> {
    const folder = this.folders.dropped(kase.folder);
    const inventory = await this.reader.inventory(folder, signal);
    const file = choosePlan(inventory);
    const plan = await this.#plan(kase, folder, file);
    const acceptance = acceptCase(inventory, plan, this.settings.geometry.kind);
    if (acceptance.do === 'wait') return this.#wait(kase, acceptance.waitingFor);
    await this.#keep(kase, inventory, file, acceptance);
    log.info('case accepted', { files: inventory.files, bytes: inventory.bytes, count: acceptance.figures.length });
    return {
      do: 'advance',
      facts: {
        planLabel: plan.label,
        planSopInstanceUid: plan.sopInstanceUid,
        beamCount: acceptance.figures.length,
      },
      beams: acceptance.figures,
      remarks: acceptance.remarks,
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

  async #keep(
    kase: Case,
    inventory: Inventory,
    file: PlanFile,
    { ctSlices, remarks }: Extract<Acceptance, { do: 'accept' }>,
  ): Promise<void> {
    await writeWholeFile(this.folders.inventory(kase), formatAcceptedCase(inventory, file, ctSlices, remarks));
  }

  #wait(kase: Case, waitingFor: string): StepOutcome {
    const hours = this.settings.intake.incompleteHours;
    const deadline = kase.createdAt + hours * MS_PER_HOUR;
    const now = this.clock.now();
    if (now >= deadline) throw waitedTooLong(waitingFor, hours);
    return { do: 'wait', waitingFor, lookAgainAt: Math.min(deadline, now + LOOK_AGAIN_MS) };
  }
}
