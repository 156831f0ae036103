import { randomUUID } from 'node:crypto';
import { lstat, mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { filled, forShares } from '../../domain/delivery-name.js';
import type { Case } from '../../domain/case.js';
import { permanent } from '../../domain/errors.js';
import type { Receipt } from '../../domain/receipt.js';
import { receiptsCsv, receiptView } from '../../domain/receipt-view.js';
import { systemCode } from '../../files/system-code.js';
import type { Clock } from '../../ports/clock.js';
import type { MadeDose } from '../../ports/dose-maker.js';
import type { UploadTarget } from '../../ports/upload-target.js';
import { folderError } from './folder-error.js';
import { placeText, receiptText } from './placed-text.js';
import { copyWhole, fileSha256 } from './whole-copy.js';

export interface FolderTemplateOptions {
  readonly name: string;
  readonly optional: boolean;
  /** Absolute. */
  readonly path: string;
  /** Below `path`, with placeholders (domain/delivery-name.ts). */
  readonly template: string;
  /** As of FolderTargetOptions. */
  readonly makeMissing: boolean;
  /** Also the receipts as a table; by default false. */
  readonly receiptTable?: boolean;
}

/** The file meta information, which names the object, stands at the very start. */
const META_BYTES = 1024;
/** What file systems take for one name. */
const LONGEST_NAME_BYTES = 255;
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
  readonly #last = new Map<string, Promise<unknown>>();

  constructor(
    private readonly options: FolderTemplateOptions,
    private readonly clock: Clock,
  ) {
    this.name = options.name;
    this.optional = options.optional;
  }

  async deliver(kase: Case, dose: MadeDose, signal: AbortSignal): Promise<Receipt> {
    const location = this.#placeOf(kase, dose);
    return this.#alone(location, async () => {
      signal.throwIfAborted();
      await this.#makeFolders(location);
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
      // The failure itself is what is reported.
      await Promise.allSettled([rm(probe, { force: true }), rm(`${probe}.renamed`, { force: true })]);
      return [`${this.options.path}: cannot be written, renamed or removed there (${code})`];
    }
  }

  /** @throws permanent `upload.bad-name` for one that no file system takes */
  #placeOf(kase: Case, object: Pick<MadeDose, 'sopInstanceUid' | 'beamNumber'>): string {
    const below = forShares(filled(this.options.template, kase, object));
    const tooLong = below.split('/').some((name) => Buffer.byteLength(name) > LONGEST_NAME_BYTES - SUFFIX_BYTES);
    if (tooLong) throw badName('a name made by the template of the target is too long');
    return join(this.options.path, below);
  }

  async #beside(kase: Case, name: string, text: string): Promise<void> {
    const location = join(dirname(this.#placeOf(kase, { sopInstanceUid: 'none', beamNumber: null })), name);
    await this.#alone(location, async () => {
      await this.#makeFolders(location);
      await placeText(location, text);
    });
  }

  async #root(): Promise<void> {
    if (this.options.makeMissing) await mkdir(this.options.path, { recursive: true });
    else await stat(this.options.path);
  }

  /** Segment by segment: none may lead out of the target by a link. */
  async #makeFolders(location: string): Promise<void> {
    await this.#root();
    let folder = this.options.path;
    for (const segment of dirname(location).slice(folder.length).split('/')) {
      if (segment === '') continue;
      folder = join(folder, segment);
      try {
        await mkdir(folder);
      } catch (error) {
        if (systemCode(error) !== 'EEXIST') throw error;
        if (!(await lstat(folder)).isDirectory()) throw badName('a folder of the target is a link or a file');
      }
    }
  }

  /** Queues work on one name, as targets that do not tell letters apart see it; translates what the system says. */
  #alone<T>(location: string, work: () => Promise<T>): Promise<T> {
    const key = location.normalize('NFC').toLowerCase();
    const run = async (): Promise<T> => {
      try {
        return await work();
      } catch (error) {
        throw folderError(error, this.name);
      }
    };
    const result = (this.#last.get(key) ?? Promise.resolve()).then(run, run);
    this.#last.set(key, result);
    const forget = (): void => {
      if (this.#last.get(key) === result) this.#last.delete(key);
    };
    result.then(forget, forget);
    return result;
  }
}

const badName = (what: string): Error =>
  permanent('upload.bad-name', what, {
    remedy: 'change template of the target, restart the service, then: mqi retry ID',
  });

async function conflict(location: string, dose: MadeDose): Promise<Error> {
  const file = await open(location, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(META_BYTES), 0, META_BYTES, 0);
    const isSame = buffer.subarray(0, bytesRead).includes(dose.sopInstanceUid);
    return isSame
      ? permanent('upload.uid-conflict', 'the target holds another dose under the same SOP instance UID', { remedy })
      : permanent('upload.name-conflict', 'the target holds another file under the same name', { remedy });
  } finally {
    await file.close();
  }
}

const remedy = 'move the other file away, or have {sopInstanceUid} in the template, then: mqi retry ID';
