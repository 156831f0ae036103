import type { AuditResult } from '../../domain/audit.js';
import type { AuditTrail } from '../../ports/audit-trail.js';
import type { Logger } from '../../ports/logger.js';

/** Who tried to come in, from where, and how it went: in the audit trail and, where it was refused, in the log. */
export class LoginNotes {
  constructor(
    private readonly audit: Pick<AuditTrail, 'append'>,
    private readonly log: Logger,
  ) {}

  /** Written before the session is given away: who cannot be written down is not let in. */
  async loggedIn(actor: string, address: string): Promise<void> {
    await this.#append('login', actor, 'done', address);
  }

  async loggedOut(actor: string, address: string): Promise<void> {
    await this.#append('logout', actor, 'done', address);
  }

  /**
   * @param user null for a name that is nobody's: what was typed there may be a password
   * @param locks whether its address has to wait from now on; what it tries meanwhile is not written down
   */
  async refused(user: string | null, address: string, locks: boolean): Promise<void> {
    const actor = `web:${user ?? 'unknown'}`;
    this.log.warn('login refused', { actor, code: locks ? 'web.locked-out' : 'web.no-token' });
    await this.#append('login', actor, locks ? 'locked-out' : 'refused', address);
  }

  async #append(action: 'login' | 'logout', actor: string, result: AuditResult, address: string): Promise<void> {
    await this.audit.append({ action, actor, result, caseId: null, detail: { address } });
  }
}
