import { Inject, Service } from 'typedi';
import type { Case } from '../domain/case.js';
import { CaseError } from '../domain/errors.js';
import { CaseControl } from '../ports/case-control.js';
import { CaseStore } from '../ports/case-store.js';
import type { FoundControlFile } from '../ports/inboxes.js';
import { Logger } from '../ports/logger.js';
import { folderHash } from './folder-hash.js';

const ACTOR = 'control-file';

/**
 * Obeys MQI_RETRY, MQI_HOLD and MQI_CANCEL in a case folder, for its newest run, and leaves them where they are.
 *
 * Each is obeyed once for each time it is written, also across restarts: the reason recorded in the history names the
 * file and its time, and a file whose reason stands there already is done with. Its time is compared for equality only,
 * so the clocks of share and service need not agree. What the state does not allow is refused with a line in the log.
 */
@Service()
export class ControlFiles {
  constructor(
    @Inject(CaseStore) private readonly cases: CaseStore,
    @Inject(CaseControl) private readonly control: CaseControl,
    @Inject(Logger) private readonly log: Logger,
  ) {}

  /** True when the file is done with; false while there is no case yet. Rejects to be asked again later. */
  async obey(file: FoundControlFile): Promise<boolean> {
    const runs = await this.cases.runsOf(file);
    const [newest] = runs;
    if (newest === undefined) return false;
    const reason = `${file.name} in the folder, written ${new Date(file.writtenAt).toISOString()}`;
    if (await this.#isObeyed(runs, reason)) return true;
    try {
      await this.#act(file, newest, reason);
    } catch (thrown) {
      if (!(thrown instanceof CaseError) || thrown.code !== 'case.refused') throw thrown;
      const fields = { kind: file.name, state: newest.state, code: thrown.code, folderHash: folderHash(file) };
      this.log.child({ caseId: newest.id }).warn('control file refused', fields);
    }
    return true;
  }

  async #isObeyed(runs: readonly Case[], reason: string): Promise<boolean> {
    for (const { id } of runs) {
      const transitions = await this.cases.transitionsOf(id);
      // A rerun says first that it is one.
      if (transitions.some((done) => done.actor === ACTOR && done.reason?.endsWith(reason) === true)) return true;
    }
    return false;
  }

  async #act({ name }: FoundControlFile, { id }: Case, reason: string): Promise<void> {
    switch (name) {
      case 'MQI_RETRY':
        await this.control.retry(id, { reason }, ACTOR);
        return;
      case 'MQI_HOLD':
        await this.control.hold(id, reason, ACTOR);
        return;
      case 'MQI_CANCEL':
        await this.control.cancel(id, ACTOR, reason);
        return;
    }
  }
}
