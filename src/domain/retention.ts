import type { Case } from './case.js';
import type { CaseUpload } from './case-upload.js';
import { isActive } from './case-machine.js';
import { REPORT_NAME } from './delivery-report.js';
import type { Receipt } from './receipt.js';
import { INPUTS_NAME } from './input-file.js';
import { BASIS_NAME, RECORD_NAME } from './run-record.js';
import type { EpochMs } from './time.js';

const MS_PER_DAY = 86_400_000;

/** Written into a work folder when it was cleaned: why what is missing there is missing. */
export const CLEANED_NAME = 'cleaned.json';

export interface RetentionRules {
  /** null: keep. */
  readonly completedDays: number | null;
  readonly otherDays: number | null;
  readonly keepLogs: boolean;
}

/** True when a case has ended so long ago that its work folder may be cleaned. */
export function isCleaningDue(kase: Case, now: EpochMs, rules: RetentionRules): boolean {
  const days = kase.state === 'completed' ? rules.completedDays : rules.otherDays;
  if (days === null || isActive(kase.state) || kase.finishedAt === null || kase.leaseOwner !== null) return false;
  return now - kase.finishedAt >= days * MS_PER_DAY;
}

/** True when every object of a completed case, its beams' doses and the plan's, is at each target it was meant for. */
export function isDelivered(kase: Case, receipts: readonly Receipt[], uploads: readonly CaseUpload[] = []): boolean {
  if (kase.state !== 'completed' || receipts.length === 0) return false;
  if (uploads.length > 0) return uploads.every(({ state }) => state === 'delivered');
  // Delivered by a version that kept no more than receipts.
  const targets = new Set(receipts.map(({ target }) => target));
  return [...targets].every((target) => {
    const ours = receipts.filter((receipt) => receipt.target === target);
    return ours.length >= kase.beamCount + 1 && ours.every(({ status }) => status === 'delivered');
  });
}

export interface CleaningPlan {
  readonly delivered: boolean;
  readonly keepLogs: boolean;
  /** Every file of the work folder, `/` between segments. */
  readonly files: readonly string[];
}

/**
 * The files that stay. RT Dose that is not known to be delivered stays whatever the rules say, with the plan it needs to
 * be delivered, and so does the delivery report; of the rest, the records: what validation found, the input of each beam, its newest attempt's log.
 */
export function keptFiles({ delivered, keepLogs, files }: CleaningPlan): readonly string[] {
  const newest = new Map<string, number>();
  for (const file of files) {
    const [, beam = '', attempt = ''] = ATTEMPT.exec(file) ?? [];
    if (attempt !== '') newest.set(beam, Math.max(newest.get(beam) ?? 0, Number(attempt)));
  }
  return files.filter((file) => {
    if (file.startsWith('dose/') || file === 'input/plan.dcm') return !delivered;
    return KEPT.includes(file) || (keepLogs && isRecord(file, newest));
  });
}

/** Numbers alone, small, and of use when all else is gone. */
const KEPT: readonly string[] = [REPORT_NAME, RECORD_NAME, BASIS_NAME, INPUTS_NAME];

/** @param newest attempt of each beam */
function isRecord(file: string, newest: ReadonlyMap<string, number>): boolean {
  const [, beam = '', attempt = '', name = ''] = ATTEMPT.exec(file) ?? [];
  return attempt === '' ? RECORD.test(file) : Number(attempt) === newest.get(beam) && ATTEMPT_RECORD.test(name);
}

const ATTEMPT = /^(beam-\d+)\/attempt-(\d+)\/(.+)$/;
const RECORD = /^(inventory|beam-\d+\/(beam|geometry))\.json$/;
const ATTEMPT_RECORD = /^(engine\.log|exit\.code|job\.(json|pid)|[^/]+\.json)$/;
