import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { deliveryPath } from '../../domain/case-folder.js';
import type { Case } from '../../domain/case.js';
import type { Folders } from '../../domain/folders.js';
import type { Dates, DateRule, Pseudonym, PseudonymKind } from '../../domain/pseudonym.js';
import { dated, pseudonymousCase } from '../../domain/pseudonym.js';
import type { Receipt } from '../../domain/receipt.js';
import type { Clock } from '../../ports/clock.js';
import type { Deidentifier } from '../../ports/deidentifier.js';
import type { MadeDose } from '../../ports/dose-maker.js';
import type { PseudonymStore } from '../../ports/pseudonym-store.js';
import type { StoringTest, UploadTarget } from '../../ports/upload-target.js';
import { deidentifiedReport } from './deidentified-report.js';
import { type KeyPlace, PseudonymKey } from './pseudonym-key.js';

export interface DeidentifyOptions extends KeyPlace {
  readonly dates: DateRule;
  /** Most days that dates are shifted by. */
  readonly shiftDays: number;
  readonly keepSex: boolean;
  /** What pseudonyms begin with. */
  readonly prefix: string;
}

export interface DeidentifyDeps {
  readonly deidentifier: Deidentifier;
  readonly pseudonyms: PseudonymStore;
  readonly folders: Folders;
  readonly clock: Clock;
}

/** Who a case is of at the target. */
interface Disguise {
  readonly key: PseudonymKey;
  readonly pseudonym: string;
  readonly dates: Dates;
}

/**
 * A target that gets no identities, whatever its kind: each object is written anew without them and that copy is delivered, under
 * names made of pseudonyms. What our receipts say is of the original object; `sentAs` says what lies there.
 *
 * Pseudonyms and UIDs are made with the key, and what was made first is kept in the database and goes before: so a repeat, a
 * crash at any point and a restart give the same bytes, and the same patient, study or plan is the same in every object.
 * The copies lie in the work folder (`deidentified/<target>/`) while they are delivered.
 */
export class DeidentifyingTarget implements UploadTarget {
  readonly name: string;
  readonly kind: string;
  readonly optional: boolean;
  /** Left out where the target within takes none. */
  readonly report?: (kase: Case, csv: string) => Promise<void>;
  readonly audit?: (kase: Case, delivered: readonly Receipt[]) => Promise<readonly string[]>;
  /** The test object is of nobody: it goes as it is. */
  readonly tryStoring?: (signal: AbortSignal) => Promise<StoringTest>;

  constructor(
    private readonly inner: UploadTarget,
    private readonly options: DeidentifyOptions,
    private readonly deps: DeidentifyDeps,
  ) {
    this.name = inner.name;
    this.kind = inner.kind;
    this.optional = inner.optional ?? false;
    if (inner.report !== undefined) this.report = (kase, csv) => this.#report(kase, csv);
    if (inner.tryStoring !== undefined) this.tryStoring = inner.tryStoring.bind(inner);
    if (inner.audit !== undefined) this.audit = (kase, delivered) => this.#audit(kase, delivered);
  }

  async deliver(kase: Case, dose: MadeDose, signal: AbortSignal): ReturnType<UploadTarget['deliver']> {
    signal.throwIfAborted();
    const disguise = await this.#ofDose(kase, dose.path);
    // A try that was given up may still be at work on its copy: each has one of its own, with the same bytes.
    const folder = join(this.#copies(kase), randomBytes(6).toString('hex'));
    try {
      const path = join(folder, basename(dose.path));
      const made = await this.#write(dose.path, path, disguise);
      signal.throwIfAborted();
      const copy = { ...dose, ...made, path };
      const receipt = await this.inner.deliver(await this.#disguised(kase, disguise), copy, signal);
      const { sopInstanceUid, sha256 } = dose;
      const sentAs = { sopInstanceUid: made.sopInstanceUid, sha256: made.sha256 };
      return { ...receipt, caseId: kase.id, sopInstanceUid, sha256, sentAs };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async finish(kase: Case, receipts: readonly Receipt[]): Promise<void> {
    const disguise = await this.#ofCase(kase);
    const asSent = await this.#asSent(disguise, receipts);
    await this.inner.finish(await this.#disguised(kase, disguise), asSent);
    await rm(this.#copies(kase), { recursive: true, force: true }); // what crashes left
  }

  async check(): Promise<readonly string[]> {
    await PseudonymKey.read(this.name, this.options);
    return this.inner.check();
  }

  async #report(kase: Case, csv: string): Promise<void> {
    const disguise = await this.#ofCase(kase);
    await this.inner.report?.(await this.#disguised(kase, disguise), deidentifiedReport(csv, disguise.dates));
  }

  async #audit(kase: Case, delivered: readonly Receipt[]): Promise<readonly string[]> {
    const disguise = await this.#ofCase(kase);
    const asSent = await this.#asSent(disguise, delivered);
    return (await this.inner.audit?.(await this.#disguised(kase, disguise), asSent)) ?? [];
  }

  /** Of this target alone: another one has other rules. */
  #copies(kase: Case): string {
    return join(this.deps.folders.work(kase), 'deidentified', this.name);
  }

  async #write(from: string, to: string, { key, pseudonym, dates }: Disguise): ReturnType<Deidentifier['write']> {
    const { deidentifier } = this.deps;
    const { uids: originals } = await deidentifier.identityOf(from);
    const uids = await this.#keep(key, 'uid', originals, (uid) => key.uid(uid));
    return deidentifier.write(from, to, { pseudonym, dates, uids, keepSex: this.options.keepSex });
  }

  /**
   * Receipts as the target may read them: of what lies there, by the rule for dates. A true time beside a shifted one would tell by
   * how much all dates of the patient were shifted.
   */
  async #asSent({ key, dates }: Disguise, receipts: readonly Receipt[]): Promise<readonly Receipt[]> {
    const originals = receipts.map(({ sopInstanceUid }) => sopInstanceUid);
    const uids = await this.#keep(key, 'uid', originals, (uid) => key.uid(uid));
    return receipts.map(({ sentAs, ...receipt }) => ({
      ...receipt,
      caseId: caseToken(key, receipt.caseId),
      sopInstanceUid: sentAs?.sopInstanceUid ?? uids.get(receipt.sopInstanceUid) ?? '',
      sha256: sentAs?.sha256 ?? receipt.sha256,
      at: dated(receipt.at, dates),
    }));
  }

  /** Of a case that has been delivered, also when its work folder was cleaned since; else of the dose of its plan. */
  async #ofCase(kase: Case): Promise<Disguise> {
    const key = await PseudonymKey.read(this.name, this.options);
    const known = (await this.deps.pseudonyms.find(kase.id)).find(
      ({ scope, kind, original }) => scope === key.scope && kind === 'case' && original === kase.id,
    );
    return known === undefined
      ? this.#ofDose(kase, this.deps.folders.planDose(kase))
      : this.#disguise(key, known.replacement);
  }

  async #ofDose(kase: Case, path: string): Promise<Disguise> {
    const key = await PseudonymKey.read(this.name, this.options);
    const { patient } = await this.deps.deidentifier.identityOf(path);
    const make = (): string => key.patient(patient, this.options.prefix);
    const pseudonym = (await this.#keep(key, 'patient', [patient], make)).get(patient) ?? '';
    await this.#keep(key, 'case', [kase.id], () => pseudonym);
    return this.#disguise(key, pseudonym);
  }

  #disguise(key: PseudonymKey, pseudonym: string): Disguise {
    const { dates: rule, shiftDays } = this.options;
    return { key, pseudonym, dates: { rule, days: rule === 'shift' ? key.shiftDays(pseudonym, shiftDays) : 0 } };
  }

  async #disguised(kase: Case, { key, pseudonym, dates }: Disguise): Promise<Case> {
    const plan = kase.planSopInstanceUid;
    const uids = await this.#keep(key, 'uid', plan === null ? [] : [plan], (uid) => key.uid(uid));
    const names = {
      id: caseToken(key, kase.id),
      folder: `${pseudonym}_${key.token('folder', deliveryPath(kase), 8)}`,
      planSopInstanceUid: plan === null ? null : (uids.get(plan) ?? null),
    };
    return pseudonymousCase(kase, names, dates);
  }

  /** Replacements by original, as they were made first. */
  async #keep(
    key: PseudonymKey,
    kind: PseudonymKind,
    originals: readonly string[],
    make: (original: string) => string,
  ): Promise<ReadonlyMap<string, string>> {
    if (originals.length === 0) return new Map();
    const at = this.deps.clock.now();
    const wanted = originals.map((original): Pseudonym => ({
      scope: key.scope,
      kind,
      original,
      replacement: make(original),
      at,
    }));
    const kept = await this.deps.pseudonyms.keep(wanted);
    return new Map(kept.map(({ original, replacement }) => [original, replacement]));
  }
}

const caseToken = (key: PseudonymKey, id: string): string => key.token('case', id, 12).toLowerCase();
