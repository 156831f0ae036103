import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { deliveryPath, folderKey } from '../../domain/case-folder.js';
import type { Case } from '../../domain/case.js';
import { type CaseError, permanent } from '../../domain/errors.js';
import type { Receipt } from '../../domain/receipt.js';
import type { Clock } from '../../ports/clock.js';
import type { MadeDose } from '../../ports/dose-maker.js';
import type { UploadTarget } from '../../ports/upload-target.js';
import { objectName, takeFolder, writeReceipt, writeReceiptTable, writeReport } from './delivery-owner.js';
import { systemCode } from '../../files/system-code.js';
import { deliveredReceipt } from './delivered-receipt.js';
import { FolderPlace, type FolderPlaceOptions, placeObject } from './folder-place.js';
import { fileSha256 } from './whole-copy.js';

export interface FolderTargetOptions extends FolderPlaceOptions {
  readonly name: string;
  /** By default false. */
  readonly optional?: boolean;
  /** Also `receipt.csv`; by default false. */
  readonly receiptTable?: boolean;
}

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
  readonly #place: FolderPlace;

  constructor(
    private readonly options: FolderTargetOptions,
    private readonly clock: Clock,
  ) {
    this.name = options.name;
    this.optional = options.optional ?? false;
    this.#place = new FolderPlace(options.name, options);
  }

  deliver(kase: Case, dose: MadeDose, signal: AbortSignal): Promise<Receipt> {
    return this.#alone(kase, async (top) => {
      signal.throwIfAborted();
      const folder = await takeFolder(top, kase);
      const location = join(folder, objectName(dose.beamNumber));
      const verifiedBy = await placeObject(dose, location, REMEDY, signal);
      return deliveredReceipt(this.name, kase, dose, { location, verifiedBy, at: this.clock.now() });
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

  check(): Promise<readonly string[]> {
    return this.#place.check();
  }

  /** Queues work on one delivery folder, which is made. */
  #alone<T>(kase: Case, work: (top: string) => Promise<T>): Promise<T> {
    const path = deliveryPath(kase);
    return this.#place.alone(folderKey(path), async () =>
      work(await this.#place.makeFolders(path.split('/'), leadsOut)),
    );
  }
}

const REMEDY = 'move the other file away or have a new run made, then: mqi retry ID';
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

const leadsOut = (): CaseError =>
  permanent('upload.bad-name', "the case's folder name cannot be used at the target: it leads out of it");
