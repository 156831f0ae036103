import { readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Inject, Service } from 'typedi';
import type { Case } from '../domain/case.js';
import { toCaseError } from '../domain/errors.js';
import type { Folders } from '../domain/folders.js';
import { isCleaningDue, isDelivered, keptFiles } from '../domain/retention.js';
import { diskError } from '../files/disk-error.js';
import { isThere } from '../files/is-there.js';
import { makeFolders } from '../files/make-folders.js';
import { systemCode } from '../files/system-code.js';
import { writeWholeFile } from '../files/whole-file.js';
import { CaseStore } from '../ports/case-store.js';
import { CaseUploadStore } from '../ports/case-upload-store.js';
import { Clock } from '../ports/clock.js';
import { Logger } from '../ports/logger.js';
import { ReceiptStore } from '../ports/receipt-store.js';
import { Scheduler } from '../ports/scheduler.js';
import { Settings } from '../ports/settings.js';
import { WorkFolders } from '../ports/work-folders.js';

/*
 * Cleaning of work folders (retention.*). The database is never touched, nor what is not known to be delivered.
 *
 *   work/<id>/<run>  ->  work/.cleaning/<id>.<run>     one rename: from here on nobody else sees what goes
 *   what stays is moved back, cleaned.json written, the rest removed
 *
 * A service that dies in between goes on with what lies in work/.cleaning. Only one service works on a root. Should an
 * operator retry the case in this very moment, its step finds an empty folder and says so (`work.damaged`); it finds
 * cleaned.json at any later time, and a retry then begins with validation (operator-control.ts).
 */

const FIRST_ROUND_AFTER_MS = 60_000;
const ROUND_EVERY_MS = 600_000;
/** Cases looked at in a round: others need the disk and the database too. */
const LOOKED_AT = 200;
const CLEANED = 20;

@Service()
export class Retention {
  /** Where the last round ended, by name. */
  #after = '';

  constructor(
    @Inject(CaseStore) private readonly cases: CaseStore,
    @Inject(ReceiptStore) private readonly receipts: ReceiptStore,
    @Inject(CaseUploadStore) private readonly uploads: CaseUploadStore,
    @Inject(Settings) private readonly settings: Settings,
    @Inject(WorkFolders) private readonly folders: Folders,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Logger) private readonly log: Logger,
    @Inject(Scheduler) private readonly scheduler: Scheduler,
  ) {}

  /** Cleans now and then, here and where jobs run, until the signal aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await this.clock.sleep(FIRST_ROUND_AFTER_MS, signal);
    while (!signal.aborted) {
      try {
        await this.round(signal);
      } catch (thrown) {
        const { code, severity } = toCaseError(diskError(thrown));
        this.log.warn('cleaning of work folders failed', { code, severity }, thrown); // the next round tries again
      }
      await this.scheduler.tidy?.();
      await this.clock.sleep(ROUND_EVERY_MS, signal);
    }
  }

  /** One round: a bounded part of the cases, going on where the last round ended. The number of folders cleaned. */
  async round(signal: AbortSignal): Promise<number> {
    const { completedDays, otherDays } = this.settings.retention;
    for (const name of await namesIn(this.#trash)) await this.#finish(name);
    if (completedDays === null && otherDays === null) return 0;
    const ids = (await namesIn(this.#work)).filter((name) => !name.startsWith('.')).sort();
    const left = ids.filter((id) => id > this.#after).slice(0, LOOKED_AT);
    let cleaned = 0;
    for (const id of left) {
      if (signal.aborted || cleaned >= CLEANED) return cleaned;
      cleaned += await this.#clean(id);
      this.#after = id;
    }
    if (left.length < LOOKED_AT) this.#after = '';
    return cleaned;
  }

  get #work(): string {
    return join(this.folders.root, 'work');
  }

  get #trash(): string {
    return join(this.#work, '.cleaning');
  }

  async #clean(id: string): Promise<number> {
    const kase = await this.cases.get(id);
    if (kase === null || !isCleaningDue(kase, this.clock.now(), this.settings.retention)) return 0;
    const folder = this.folders.work(kase);
    if (!(await isThere(folder)) || (await isThere(this.folders.cleaned(kase)))) return 0;
    await makeFolders(this.#trash);
    const name = `${kase.id}.${String(kase.run)}`;
    await rename(folder, join(this.#trash, name));
    await this.#finish(name);
    return 1;
  }

  /** From the moment the folder lies in the trash; may be begun again at any point. */
  async #finish(name: string): Promise<void> {
    const trash = join(this.#trash, name);
    const kase = await this.cases.get(name.slice(0, name.lastIndexOf('.')));
    if (kase === null) return; // another database: mqi db check names what lies here without a row
    const uploads = await this.uploads.ofCase(kase.id);
    const delivered = isDelivered(kase, await this.receipts.ofCase(kase.id), uploads);
    const { keepLogs } = this.settings.retention;
    const files = await filesIn(trash);
    const kept = keptFiles({ delivered, keepLogs, files });
    const folder = this.folders.work(kase);
    for (const file of kept) await moveBack(join(trash, file), join(folder, file));
    await this.#note(kase, files.length - kept.length);
    await rm(trash, { recursive: true, force: true });
    this.log.child({ caseId: kase.id }).info('work folder cleaned', { files: files.length - kept.length });
  }

  async #note(kase: Case, removed: number): Promise<void> {
    const note = { format: 'mqi-cleaned/1', at: new Date(this.clock.now()).toISOString(), removed };
    await writeWholeFile(this.folders.cleaned(kase), `${JSON.stringify(note)}\n`);
  }
}

/** A file that a step has written meanwhile is newer: it stays. */
async function moveBack(from: string, to: string): Promise<void> {
  if (await isThere(to)) return;
  await makeFolders(dirname(to));
  await rename(from, to);
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}
