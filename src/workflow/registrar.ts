import { Inject, Service } from 'typedi';
import type { Case } from '../domain/case.js';
import { isActive, isPastInbox, type CaseState } from '../domain/case-machine.js';
import { CaseError } from '../domain/errors.js';
import { CaseControl } from '../ports/case-control.js';
import { CaseStore } from '../ports/case-store.js';
import { Clock } from '../ports/clock.js';
import type { FoundFolder } from '../ports/inboxes.js';
import { Logger } from '../ports/logger.js';
import { Nudge } from '../ports/nudge.js';
import { Settings } from '../ports/settings.js';
import { newCaseId } from './case-id.js';
import { folderHash } from './folder-hash.js';
import { FolderSpelling } from './folder-spelling.js';

const ACTOR = 'service';
/** A running step may move the case while it is being cancelled; each time the present row is read again. */
const CANCEL_TRIES = 5;

/**
 * Makes cases of settled folders. Safe to repeat: the same content again is no new case, changed content is the folder's
 * next run. Registering asks nothing else of the folder or the disk: once a folder is accepted it is a row, and what is
 * wrong with it is for the steps to say.
 *
 * A run of which no content was accepted (it waits for data, or is yet to be validated) takes the changed content up: the
 * same run, whose time to wait (intake.incompleteHours) starts anew. A run further on when the folder changes computes what is no longer there: it is
 * cancelled once the new run is registered, never before, so that a crash between the two loses nothing (the folder is
 * offered again at the next start, and this goes on). With `intake.onChange: finish` a run that no longer needs the
 * inbox is left to end, and the new run waits for it (steps/validate.ts).
 */
@Service()
export class Registrar {
  constructor(
    @Inject(CaseStore) private readonly cases: CaseStore,
    @Inject(CaseControl) private readonly control: CaseControl,
    @Inject(Nudge) private readonly manager: Nudge,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Logger) private readonly log: Logger,
    @Inject(Settings) private readonly settings: Settings,
    private readonly spelling: FolderSpelling,
  ) {}

  /** Resolves when the case is durable. Rejects when that fails; the folder is then offered again. */
  async register({ inbox, folder, fingerprint, files, bytes }: FoundFolder): Promise<void> {
    const known = await this.spelling.known({ inbox, folder });
    const at = this.clock.now();
    const { kase, created, changed, respelled } = await this.cases.register({
      ...known,
      id: newCaseId(),
      fingerprint,
      priority: 0,
      at,
      actor: ACTOR,
    });
    if (created || changed) {
      const fields = { run: kase.run, folderHash: folderHash(known), files, bytes };
      this.log.child({ caseId: kase.id }).info(created ? 'case registered' : 'changed content taken up', fields);
      // A step that looks at the former content is told to let go.
      this.manager.nudge(kase.id);
    } else if (respelled) {
      this.log.child({ caseId: kase.id }).info('folder renamed in spelling only', { folderHash: folderHash(known) });
      this.manager.nudge(kase.id);
    }
    if (kase.run > 1) await this.#endEarlierRuns(kase);
  }

  async #endEarlierRuns(newest: Case): Promise<void> {
    const runs = await this.cases.runsOf(newest);
    const reason = `the folder changed: run ${String(newest.run)} takes its place`;
    for (const { id, run, state } of runs) {
      if (run < newest.run && isActive(state) && !this.#mayFinish(state)) await this.#cancel(id, reason);
    }
  }

  #mayFinish(state: CaseState): boolean {
    return this.settings.intake.onChange === 'finish' && isPastInbox(state);
  }

  async #cancel(id: string, reason: string): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.control.cancel(id, ACTOR, reason);
        return;
      } catch (thrown) {
        const code = thrown instanceof CaseError ? thrown.code : null;
        if (code === 'case.refused') return; // It has ended by itself meanwhile.
        if (code !== 'case.lost-race' || tries === CANCEL_TRIES) throw thrown;
      }
    }
  }
}
