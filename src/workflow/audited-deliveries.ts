import { Inject, Service } from 'typedi';
import type { Case } from '../domain/case.js';
import { AuditTrail } from '../ports/audit-trail.js';
import { CaseStore } from '../ports/case-store.js';
import type { DeliveryControl } from '../ports/delivery-control.js';
import { Logger } from '../ports/logger.js';
import { audited } from './audited.js';
import { DeliverAgain } from './delivery/deliver-again.js';

/** That somebody had results delivered again, written down like whatever else operators do (audited.ts). */
@Service()
export class AuditedDeliveries implements DeliveryControl {
  constructor(
    private readonly deliveries: DeliverAgain,
    @Inject(AuditTrail) private readonly audit: Pick<AuditTrail, 'append'>,
    @Inject(CaseStore) private readonly cases: Pick<CaseStore, 'get'>,
    @Inject(Logger) private readonly log: Logger,
  ) {}

  /** The target is left out: only a name that the configuration knows leads anywhere, and the history of the case has it. */
  async deliver(id: string, target: string | null, actor: string): Promise<Case> {
    const caseId = (await this.cases.get(id))?.id ?? null;
    const { audit, log } = this;
    const act = (): Promise<Case> => this.deliveries.deliver(id, target, actor);
    return audited({ audit, log }, { action: 'deliver', actor, caseId }, act, (kase) => kase.id);
  }
}
