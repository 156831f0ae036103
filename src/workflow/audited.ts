import type { AuditAction, AuditDetail, AuditEntry } from '../domain/audit.js';
import { toCaseError } from '../domain/errors.js';
import type { AuditTrail } from '../ports/audit-trail.js';
import type { Logger } from '../ports/logger.js';

/** What somebody asks for. */
export interface Asked {
  readonly action: AuditAction;
  readonly actor: string;
  readonly caseId: string | null;
  readonly detail?: AuditDetail;
}

export interface Writing {
  readonly audit: Pick<AuditTrail, 'append'>;
  readonly log: Logger;
}

/** What the state, or somebody else, does not allow; anything else that goes wrong is a failure. */
const REFUSALS = ['case.refused', 'case.not-found', 'case.lost-race', 'intake.no-such-folder', 'intake.outside-inbox'];

/**
 * Does what is asked for, and writes it down.
 *
 * An action is more than one write (a job is ended before the commit, others after it; users are a file), so no single
 * transaction could hold both. That it was asked for is written strictly before anything of it is done: where that cannot
 * be written, it is not done. What became of it is written after. A crash between leaves an `asked` without an end, which
 * says just that.
 * @param caseIdOf the case that a result speaks of, where it was not known before
 */
export async function audited<T>(
  writing: Writing,
  { detail = {}, ...asked }: Asked,
  act: () => Promise<T>,
  caseIdOf: (result: T) => string | null = () => asked.caseId,
): Promise<T> {
  await writing.audit.append({ ...asked, detail, result: 'asked' });
  let result: T;
  try {
    result = await act();
  } catch (thrown) {
    const { code } = toCaseError(thrown);
    const isRefusal = REFUSALS.includes(code) || code.startsWith('users.');
    await end(writing, { ...asked, detail: { ...detail, code }, result: isRefusal ? 'refused' : 'failed' });
    throw thrown;
  }
  await end(writing, { ...asked, detail, caseId: caseIdOf(result), result: 'done' });
  return result;
}

/** What is done is done, also where its end cannot be written: whoever asked hears how it went. */
async function end({ audit, log }: Writing, entry: AuditEntry): Promise<void> {
  try {
    await audit.append(entry);
  } catch (thrown) {
    const { code, severity } = toCaseError(thrown);
    log.error('end of an action not in the audit trail', { event: entry.action, code, severity }, thrown);
  }
}
