import type { Case } from '../../src/domain/case.js';
import { type CaseError, permanent } from '../../src/domain/errors.js';
import type { Receipt } from '../../src/domain/receipt.js';
import type { MadeDose } from '../../src/ports/dose-maker.js';
import type { UploadTarget } from '../../src/ports/upload-target.js';

/** Keeps what it is given, by SOP instance UID (test/contract/upload-target.test.ts runs against this and the real ones). */
export class FakeUploadTarget implements UploadTarget {
  readonly kind = 'fake';
  /** Hash of each stored object. */
  readonly stored = new Map<string, string>();
  /** UIDs of every call of `deliver`, in order. */
  readonly asked: string[] = [];
  /** The report last given for each case. */
  readonly reports = new Map<string, string>();
  readonly finished = new Map<string, readonly Receipt[]>();
  /** Thrown by the next deliveries for as long as it is set. */
  failure: CaseError | null = null;
  /** UIDs of delivered objects that somebody has taken away since. */
  readonly lost = new Set<string>();
  problems: readonly string[] = [];

  constructor(
    readonly name = 'fake',
    readonly optional = false,
  ) {}

  deliver(kase: Case, dose: MadeDose, signal: AbortSignal): Promise<Receipt> {
    this.asked.push(dose.sopInstanceUid);
    return Promise.resolve().then(() => {
      signal.throwIfAborted();
      if (this.failure !== null) throw this.failure;
      const present = this.stored.get(dose.sopInstanceUid);
      if (present !== undefined && present !== dose.sha256) {
        throw permanent('upload.uid-conflict', 'another dose is stored under this SOP instance UID');
      }
      this.stored.set(dose.sopInstanceUid, dose.sha256);
      return {
        caseId: kase.id,
        target: this.name,
        sopInstanceUid: dose.sopInstanceUid,
        status: 'delivered',
        location: `fake:${dose.sopInstanceUid}`,
        sha256: dose.sha256,
        verifiedBy: present === undefined ? 'kept in memory' : 'already kept',
        at: 1_760_000_000_000,
      };
    });
  }

  report(kase: Case, csv: string): Promise<void> {
    if (this.failure !== null) return Promise.reject(this.failure);
    this.reports.set(kase.id, csv);
    return Promise.resolve();
  }

  finish(kase: Case, receipts: readonly Receipt[]): Promise<void> {
    this.finished.set(kase.id, receipts);
    return Promise.resolve();
  }

  audit(_kase: Case, delivered: readonly Receipt[]): Promise<readonly string[]> {
    const lost = delivered.filter(({ sopInstanceUid }) => this.lost.has(sopInstanceUid));
    return Promise.resolve(lost.map(({ sopInstanceUid }) => `${sopInstanceUid} is lost`));
  }

  check(): Promise<readonly string[]> {
    return Promise.resolve(this.problems);
  }
}
