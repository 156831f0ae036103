import { Inject, Service } from 'typedi';
import type { AuditAction } from '../domain/audit.js';
import type { Case } from '../domain/case.js';
import { CaseError } from '../domain/errors.js';
import { AuditTrail } from '../ports/audit-trail.js';
import type { CaseControl } from '../ports/case-control.js';
import { CaseStore } from '../ports/case-store.js';
import type { ControlFileName } from '../ports/folder-watcher.js';
import type { FoundControlFile } from '../ports/inboxes.js';
import { Logger } from '../ports/logger.js';
import { audited } from './audited.js';
import { folderHash } from './folder-hash.js';
import { OperatorControl } from './operator-control.js';

const ACTOR = 'control-file';
const ACTIONS: Readonly<Record<ControlFileName, AuditAction>> = {
  MQI_RETRY: 'retry',
  MQI_HOLD: 'hold',
  MQI_CANCEL: 'cancel',
};
/** Of one case: each takes somebody a touch of a file. */
const MOST_REFUSALS = 1000;

/**
 * Obeys MQI_RETRY, MQI_HOLD and MQI_CANCEL in a case folder, for its newest run, and leaves them where they are.
 *
 * Each is looked at once for each time it is written, also across restarts. What was obeyed stands in the history, by a
 * reason that names the file and its time; what the state did not allow stands in the audit trail as refused, with the
 * same time, and in the log. Either is done with: a file that was refused while the case ran does not lie in wait until
 * it has failed. Its time is compared for equality only, so the clocks of share and service need not agree.
 */
@Service()
export class ControlFiles {
  constructor(
    @Inject(CaseStore) private readonly cases: Pick<CaseStore, 'runsOf' | 'transitionsOf'>,
    @Inject(() => OperatorControl) private readonly control: Pick<CaseControl, 'retry' | 'hold' | 'cancel'>,
    @Inject(AuditTrail) private readonly audit: Pick<AuditTrail, 'append' | 'list'>,
    @Inject(Logger) private readonly log: Logger,
  ) {}

  /** True when the file is done with; false while there is no case yet. Rejects to be asked again later. */
  async obey(file: FoundControlFile): Promise<boolean> {
    const runs = await this.cases.runsOf(file);
    const [newest] = runs;
    if (newest === undefined) return false;
    const written = new Date(file.writtenAt).toISOString();
    const reason = `${file.name} in the folder, written ${written}`;
    for (const { id } of runs) {
      if ((await this.#isObeyed(id, reason)) || (await this.#isRefused(id, file.name, written))) return true;
    }
    const asked = { action: ACTIONS[file.name], actor: ACTOR, caseId: newest.id, detail: { written } };
    try {
      const { audit, log } = this;
      await audited(
        { audit, log },
        asked,
        () => this.#act(file, newest, reason),
        ({ id }) => id,
      );
    } catch (thrown) {
      if (!isRefusal(thrown)) throw thrown;
      const fields = { kind: file.name, state: newest.state, code: thrown.code, folderHash: folderHash(file) };
      this.log.child({ caseId: newest.id }).warn('control file refused', fields);
    }
    return true;
  }

  async #isObeyed(id: string, reason: string): Promise<boolean> {
    const transitions = await this.cases.transitionsOf(id);
    // A rerun says first that it is one.
    return transitions.some((done) => done.actor === ACTOR && done.reason?.endsWith(reason) === true);
  }

  async #isRefused(caseId: string, name: ControlFileName, written: string): Promise<boolean> {
    const filter = { caseId, actor: ACTOR, actions: [ACTIONS[name]] };
    const rows = await this.audit.list(filter, MOST_REFUSALS);
    return rows.some(({ result, detail }) => {
      const facts = JSON.parse(detail) as { readonly code?: string; readonly written?: string };
      // One that another writer overtook is refused by another code, and asked for again.
      return result === 'refused' && facts.code === REFUSED && facts.written === written;
    });
  }

  #act({ name }: FoundControlFile, { id }: Case, reason: string): Promise<Case> {
    switch (name) {
      case 'MQI_RETRY':
        return this.control.retry(id, { reason }, ACTOR);
      case 'MQI_HOLD':
        return this.control.hold(id, reason, ACTOR);
      case 'MQI_CANCEL':
        return this.control.cancel(id, ACTOR, reason);
    }
  }
}

const REFUSED = 'case.refused';
const isRefusal = (thrown: unknown): thrown is CaseError => thrown instanceof CaseError && thrown.code === REFUSED;
