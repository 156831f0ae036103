import { dirname, join } from 'node:path';
import { filled, forShares, isShortEnough } from '../../domain/delivery-name.js';
import type { Case } from '../../domain/case.js';
import { type CaseError, permanent } from '../../domain/errors.js';
import type { Receipt } from '../../domain/receipt.js';
import { receiptsCsv, receiptView } from '../../domain/receipt-view.js';
import type { Clock } from '../../ports/clock.js';
import type { MadeDose } from '../../ports/dose-maker.js';
import type { UploadTarget } from '../../ports/upload-target.js';
import { deliveredReceipt } from './delivered-receipt.js';
import { FolderPlace, type FolderPlaceOptions, placeObject } from './folder-place.js';
import { placeText, receiptText } from './placed-text.js';
import { fileSha256 } from './whole-copy.js';

export interface FolderTemplateOptions extends FolderPlaceOptions {
  readonly name: string;
  readonly optional: boolean;
  /** Below `path`, with placeholders (domain/delivery-name.ts). */
  readonly template: string;
  /** Also the receipts as a table; by default false. */
  readonly receiptTable?: boolean;
}

const SUFFIX_BYTES = '.part'.length;
const NEVER = new AbortController().signal;

/**
 * Delivers to a folder or mounted share under names of the site's own making. Nothing is ever moved aside or overwritten:
 * an object whose name is taken by another one is refused, so a template without {sopInstanceUid} or {run} serves one run
 * of a case. Report and receipt lie beside the objects, with the case's id in their names.
 *
 * Two cases may share a folder: each writes names of its own, and two that want one name are told apart by what lies
 * there. Deliveries of one process to one name queue, so that of two objects one is first.
 */
export class FolderTemplateTarget implements UploadTarget {
  readonly kind = 'folder';
  readonly name: string;
  readonly optional: boolean;
  readonly #place: FolderPlace;

  constructor(
    private readonly options: FolderTemplateOptions,
    private readonly clock: Clock,
  ) {
    this.name = options.name;
    this.optional = options.optional;
    this.#place = new FolderPlace(options.name, options);
  }

  async deliver(kase: Case, dose: MadeDose, signal: AbortSignal): Promise<Receipt> {
    const location = this.#placeOf(kase, dose);
    return this.#alone(location, async () => {
      signal.throwIfAborted();
      await this.#makeFolders(location);
      const verifiedBy = await placeObject(dose, location, REMEDY, signal);
      return deliveredReceipt(this.name, kase, dose, { location, verifiedBy, at: this.clock.now() });
    });
  }

  report(kase: Case, csv: string): Promise<void> {
    return this.#beside(kase, `delivery-report.${kase.id}.csv`, csv);
  }

  async finish(kase: Case, receipts: readonly Receipt[]): Promise<void> {
    if (this.options.receiptTable === true) {
      await this.#beside(kase, `receipt.${kase.id}.csv`, receiptsCsv(receipts.map(receiptView)));
    }
    await this.#beside(kase, `receipt.${kase.id}.json`, receiptText(kase, receipts));
  }

  async audit(_kase: Case, delivered: readonly Receipt[]): Promise<readonly string[]> {
    const found: string[] = [];
    for (const { location, sopInstanceUid, sha256 } of delivered) {
      const present = location === null ? sha256 : await fileSha256(location, NEVER);
      if (present === sha256) continue;
      const what = present === null ? 'is gone from' : 'has been changed at';
      found.push(`the delivered object ${sopInstanceUid} ${what} upload target ${this.name}`);
    }
    return found;
  }

  check(): Promise<readonly string[]> {
    return this.#place.check();
  }

  /** @throws permanent `upload.bad-name` for one that no file system takes */
  #placeOf(kase: Case, object: Pick<MadeDose, 'sopInstanceUid' | 'beamNumber'>): string {
    const below = forShares(filled(this.options.template, kase, object));
    if (!isShortEnough(below, SUFFIX_BYTES)) throw badName('a name made by the template of the target is too long');
    return join(this.options.path, below);
  }

  async #beside(kase: Case, name: string, text: string): Promise<void> {
    const location = join(dirname(this.#placeOf(kase, { sopInstanceUid: 'none', beamNumber: null })), name);
    await this.#alone(location, async () => {
      await this.#makeFolders(location);
      await placeText(location, text);
    });
  }

  async #makeFolders(location: string): Promise<void> {
    const below = dirname(location).slice(this.options.path.length).split('/');
    await this.#place.makeFolders(
      below.filter((segment) => segment !== ''),
      () => badName('a folder of the target is a link or a file'),
    );
  }

  /** Queues work on one name, as targets that do not tell letters apart see it. */
  #alone<T>(location: string, work: () => Promise<T>): Promise<T> {
    return this.#place.alone(location.normalize('NFC').toLowerCase(), work);
  }
}

const badName = (what: string): CaseError =>
  permanent('upload.bad-name', what, {
    remedy: 'change template of the target, restart the service, then: mqi retry ID',
  });

const REMEDY = 'move the other file away, or have {sopInstanceUid} in the template, then: mqi retry ID';
