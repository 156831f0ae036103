import { randomUUID } from 'node:crypto';
import { lstat, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { deliveryPath, folderKey } from '../../domain/case-folder.js';
import type { Case } from '../../domain/case.js';
import { permanent } from '../../domain/errors.js';
import type { Receipt } from '../../domain/receipt.js';
import type { Clock } from '../../ports/clock.js';
import type { MadeDose } from '../../ports/dose-maker.js';
import type { UploadTarget } from '../../ports/upload-target.js';
import { objectName, takeFolder, writeReceipt, writeReceiptTable, writeReport } from './delivery-owner.js';
import { systemCode } from '../../files/system-code.js';
import { folderError } from './folder-error.js';
import { copyWhole, fileSha256 } from './whole-copy.js';

export interface FolderTargetOptions {
  readonly name: string;
  /** By default false. */
  readonly optional?: boolean;
  /** Absolute. */
  readonly path: string;
  /**
   * True for a folder below our own root, which is made when missing. A mounted share that is away must not be made:
   * the doses would land on the disk beneath it.
   */
  readonly makeMissing: boolean;
  /** Also `receipt.csv`; by default false. */
  readonly receiptTable?: boolean;
}

/** The file meta information, which names the object, stands at the very start. */
const META_BYTES = 1024;

/**
 * Delivers into `<path>/<folder of the case>/`, for a further inbox `<path>/@<inbox>/<folder of the case>/`:
 * `RD.<beam>.dcm`, `RD.plan.dcm`, `delivery-report.csv` where there is one, at the end
 * `receipt.csv` where it is wanted, and `receipt.json`. Where the files of another dropped folder lie there already (the target may not tell upper from lower case, nor composed from decomposed letters), a number is added to the name.
 *
 * Only this service writes there, one process per root (instance lock); within it two cases may deliver into one
 * folder at the same time, so everything on names that a target may take for the same is queued here.
 */
export class FolderTarget implements UploadTarget {
  readonly kind = 'folder';
  readonly name: string;
  readonly optional: boolean;
  readonly #last = new Map<string, Promise<unknown>>();

  constructor(
    private readonly options: FolderTargetOptions,
    private readonly clock: Clock,
  ) {
    this.name = options.name;
    this.optional = options.optional ?? false;
  }

  deliver(kase: Case, dose: MadeDose, signal: AbortSignal): Promise<Receipt> {
    return this.#alone(kase, async (top) => {
      signal.throwIfAborted();
      const folder = await takeFolder(top, kase);
      const location = join(folder, objectName(dose.beamNumber));
      const present = await fileSha256(location, signal);
      if (present !== null && present !== dose.sha256) throw await conflict(location, dose);
      if (present === null) await copyWhole(dose.path, location, dose.sha256, signal);
      return {
        caseId: kase.id,
        target: this.name,
        sopInstanceUid: dose.sopInstanceUid,
        status: 'delivered',
        location,
        sha256: dose.sha256,
        verifiedBy: present === null ? 'sha256 read back' : 'sha256 of the copy that was already there',
        at: this.clock.now(),
      };
    });
  }

  report(kase: Case, csv: string): Promise<void> {
    return this.#alone(kase, async (top) => {
      await writeReport(await takeFolder(top, kase), csv);
    });
  }

  finish(kase: Case, receipts: readonly Receipt[]): Promise<void> {
    return this.#alone(kase, async (top) => {
      const folder = await takeFolder(top, kase);
      if (this.options.receiptTable === true) await writeReceiptTable(folder, receipts);
      await writeReceipt(folder, kase, receipts);
    });
  }

  /** An object of an earlier run lies in `run-<n>/` beside its old place, or in the folder of one that came late. */
  async audit(kase: Case, delivered: readonly Receipt[]): Promise<readonly string[]> {
    const found: string[] = [];
    for (const { location, sopInstanceUid, sha256 } of delivered) {
      if (location === null) continue;
      const places = [location, ...(await asideOf(location, kase.run))];
      const hashes = await Promise.all(places.map((place) => fileSha256(place, NEVER)));
      if (hashes.includes(sha256)) continue;
      const what = hashes.every((hash) => hash === null) ? 'is gone from' : 'has been changed at';
      found.push(`the delivered object ${sopInstanceUid} ${what} upload target ${this.name}`);
    }
    return found;
  }

  async check(): Promise<readonly string[]> {
    const probe = join(this.options.path, `.mqi-probe-${randomUUID()}`);
    try {
      await this.#root();
      await writeFile(probe, 'probe');
      await rename(probe, `${probe}.renamed`);
      await rm(`${probe}.renamed`);
      return [];
    } catch (error) {
      const code = systemCode(error);
      if (code === null) throw error;
      // What was written before the failure, as far as it can be removed; the failure itself is what is reported.
      await Promise.allSettled([rm(probe, { force: true }), rm(`${probe}.renamed`, { force: true })]);
      return [`${this.options.path}: ${WORDS[code] ?? `cannot be used (${code})`}`];
    }
  }

  /** Queues work on one delivery folder and translates what the operating system says. */
  #alone<T>(kase: Case, work: (top: string) => Promise<T>): Promise<T> {
    const run = async (): Promise<T> => {
      try {
        return await work(await this.#folderOf(kase));
      } catch (error) {
        throw folderError(error, this.name);
      }
    };
    const key = folderKey(deliveryPath(kase));
    const result = (this.#last.get(key) ?? Promise.resolve()).then(run, run);
    this.#last.set(key, result);
    const forget = (): void => {
      if (this.#last.get(key) === result) this.#last.delete(key);
    };
    result.then(forget, forget);
    return result;
  }

  async #root(): Promise<void> {
    if (this.options.makeMissing) await mkdir(this.options.path, { recursive: true });
    else await stat(this.options.path);
  }

  /** Makes the case's folder, segment by segment: none may lead out of the target, by `..` or by a link. */
  async #folderOf(kase: Case): Promise<string> {
    await this.#root();
    let folder = this.options.path;
    for (const segment of deliveryPath(kase).split('/')) {
      if (['', '.', '..'].includes(segment) || segment.includes('\0')) throw leadsOut();
      folder = join(folder, segment);
      try {
        await mkdir(folder);
      } catch (error) {
        if (systemCode(error) !== 'EEXIST') throw error;
        if (!(await lstat(folder)).isDirectory()) throw leadsOut();
      }
    }
    return folder;
  }
}

const NEVER = new AbortController().signal;

/** Where the file may lie after a later run moved it aside: `run-<n>`, `run-<n>-2` and so on. */
async function asideOf(location: string, run: number): Promise<readonly string[]> {
  const top = dirname(location);
  const aside = new RegExp(`^run-${String(run)}(-\\d+)?$`);
  const names = await readdir(top).catch((thrown: unknown) => {
    if (systemCode(thrown) === 'ENOENT') return [];
    throw thrown;
  });
  return names.filter((name) => aside.test(name)).map((name) => join(top, name, basename(location)));
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'the folder does not exist',
  ENOTDIR: 'is not a folder',
  EACCES: 'the service may not write there',
  EPERM: 'the service may not write there',
  EROFS: 'is mounted read-only',
  ENOSPC: 'there is no room left',
  EDQUOT: 'the quota is used up',
};

async function conflict(location: string, dose: MadeDose): Promise<Error> {
  const file = await open(location, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(META_BYTES), 0, META_BYTES, 0);
    const remedy = 'move the other file away or have a new run made, then: mqi retry ID';
    if (buffer.subarray(0, bytesRead).includes(dose.sopInstanceUid)) {
      return permanent('upload.uid-conflict', 'the target holds another dose under the same SOP instance UID', {
        remedy,
      });
    }
    return permanent('upload.name-conflict', 'the target holds another file under the same name', { remedy });
  } finally {
    await file.close();
  }
}

const leadsOut = (): Error =>
  permanent('upload.bad-name', "the case's folder name cannot be used at the target: it leads out of it");
