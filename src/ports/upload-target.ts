import { Token } from 'typedi';
import type { Case } from '../domain/case.js';
import type { Receipt } from '../domain/receipt.js';
import type { MadeDose } from './dose-maker.js';

/** What came of storing a test object; the words also say what of it may lie at the target now. */
export interface StoringTest {
  readonly ok: boolean;
  readonly words: string;
}

/** A place results go to. Idempotent by SOP Instance UID: the same dose again is a no-op, another one is refused. */
export interface UploadTarget {
  readonly name: string;
  readonly kind: string;
  /** True: a failure here does not keep the case from being completed. */
  readonly optional?: boolean;
  /** Delivers and verifies one object. Throws `upload.*` CaseErrors. */
  deliver(kase: Case, dose: MadeDose, signal: AbortSignal): Promise<Receipt>;
  /**
   * Puts the delivery report (CSV) beside the objects of the case, in place of an earlier one; called before `finish`, and
   * again when further deliveries were compared. Idempotent. Left out by targets that take DICOM objects alone.
   */
  report?(kase: Case, csv: string): Promise<void>;
  /** Called once all objects of the case are delivered to this target (e.g. writes receipt.json). Idempotent. */
  finish(kase: Case, receipts: readonly Receipt[]): Promise<void>;
  /**
   * Whether delivered objects are still there as their receipts say; words for each that is not, naming it by its UID.
   * Left out by targets that cannot be asked.
   */
  audit?(kase: Case, delivered: readonly Receipt[]): Promise<readonly string[]>;
  /** Tries what the configuration promises, leaving nothing behind; words for each thing found wrong. */
  check(): Promise<readonly string[]>;
  /**
   * Stores a test object without patient, proves it as every delivery is proven, and removes it again where the target lets that
   * one object be removed. Only where the configuration allows it (`doctorStores`). Left out by targets that `check` tries by
   * writing.
   */
  tryStoring?(signal: AbortSignal): Promise<StoringTest>;
}
export const UploadTargets = new Token<readonly UploadTarget[]>('UploadTargets');
