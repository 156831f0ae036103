import { Inject, Service } from 'typedi';
import type { Case } from '../domain/case.js';
import { AuditTrail } from '../ports/audit-trail.js';
import type { CaseControl, RetryRequest } from '../ports/case-control.js';
import { CaseStore } from '../ports/case-store.js';
import { Logger } from '../ports/logger.js';
import { audited, type Asked } from './audited.js';
import { OperatorControl } from './operator-control.js';

/**
 * What operators do, written down (audited.ts): command line and page come through here. Control files are written down with
 * the time of the file (control-files.ts).
 */
@Service()
export class AuditedControl implements CaseControl {
  constructor(
    private readonly control: OperatorControl,
    @Inject(AuditTrail) private readonly audit: Pick<AuditTrail, 'append'>,
    @Inject(CaseStore) private readonly cases: Pick<CaseStore, 'get'>,
    @Inject(Logger) private readonly log: Logger,
  ) {}

  retry(id: string, request: RetryRequest, actor: string): Promise<Case> {
    const { beamNumber, from } = request;
    const detail = { ...(beamNumber !== undefined && { beamNumber }), ...(from !== undefined && { from }) };
    return this.#audited(id, { action: 'retry', actor, detail }, () => this.control.retry(id, request, actor));
  }

  hold(id: string, reason: string, actor: string): Promise<Case> {
    return this.#audited(id, { action: 'hold', actor }, () => this.control.hold(id, reason, actor));
  }

  resume(id: string, actor: string): Promise<Case> {
    return this.#audited(id, { action: 'resume', actor }, () => this.control.resume(id, actor));
  }

  cancel(id: string, actor: string, reason?: string): Promise<Case> {
    return this.#audited(id, { action: 'cancel', actor }, () => this.control.cancel(id, actor, reason));
  }

  setPriority(id: string, priority: number, actor: string): Promise<Case> {
    const act = { action: 'priority', actor, detail: { priority } } as const;
    return this.#audited(id, act, () => this.control.setPriority(id, priority, actor));
  }

  /** The folder is named by nobody: which case it became stands in the end. */
  submit(folder: string, actor: string): Promise<Case> {
    return this.#audited(null, { action: 'submit', actor }, () => this.control.submit(folder, actor));
  }

  async #audited(id: string | null, asked: Omit<Asked, 'caseId'>, act: () => Promise<Case>): Promise<Case> {
    // Only the id of a case that is there: what somebody typed in its place may be a name.
    const caseId = id === null ? null : ((await this.cases.get(id))?.id ?? null);
    const { audit, log } = this;
    return audited({ audit, log }, { ...asked, caseId }, act, (kase) => kase.id);
  }
}
