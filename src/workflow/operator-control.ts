import { rm } from 'node:fs/promises';
import { Inject, Service } from 'typedi';
import type { Beam } from '../domain/beam.js';
import type { Case } from '../domain/case.js';
import { isActive, nextCaseState, type ActiveState } from '../domain/case-machine.js';
import { operator } from '../domain/errors.js';
import { BeamStore } from '../ports/beam-store.js';
import type { CaseControl, RetryRequest } from '../ports/case-control.js';
import { CaseStore, type CaseCommit } from '../ports/case-store.js';
import { Clock } from '../ports/clock.js';
import { FolderWatcher } from '../ports/folder-watcher.js';
import { Logger } from '../ports/logger.js';
import { Nudge } from '../ports/nudge.js';
import { ReceiptStore } from '../ports/receipt-store.js';
import { Scheduler } from '../ports/scheduler.js';
import { WorkFolders } from '../ports/work-folders.js';
import type { Folders } from '../domain/folders.js';
import { isThere } from '../files/is-there.js';
import { folderBelow } from './folder-below.js';
import { newCaseId } from './case-id.js';
import { beamsToReopen, refused, retryOfCleaned, retryTarget } from './retry-plan.js';

/*
 * What operators do, from any process. Each is one guarded write (the row's version), so of two operators one wins and the
 * other is told `case.lost-race`; effects outside the database come after the write and may be repeated.
 */

const CANCEL_GRACE_MS = 5_000;

/** Fresh counters: the step starts as if it had never been tried. */
const AFRESH = { attempt: 0, crashes: 0, notBefore: null, heldBecause: null, error: null, waitingFor: null } as const;

@Service()
export class OperatorControl implements CaseControl {
  constructor(
    @Inject(CaseStore) private readonly cases: CaseStore,
    @Inject(BeamStore) private readonly beams: BeamStore,
    @Inject(ReceiptStore) private readonly receipts: ReceiptStore,
    @Inject(Scheduler) private readonly scheduler: Scheduler,
    @Inject(FolderWatcher) private readonly watcher: FolderWatcher,
    @Inject(WorkFolders) private readonly folders: Folders,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Nudge) private readonly manager: Nudge,
    @Inject(Logger) private readonly log: Logger,
  ) {}

  async retry(id: string, asked: RetryRequest, actor: string): Promise<Case> {
    const kase = await this.#get(id);
    const cleaned = await isThere(this.folders.cleaned(kase));
    const request = cleaned ? retryOfCleaned(kase, asked) : asked;
    const target = retryTarget(kase, request);
    if (await this.#mustBecomeNewRun(kase, target)) return this.#rerun(kase, actor);
    if (cleaned) await rm(this.folders.cleaned(kase), { force: true });
    await this.#reopenBeams(kase, target, request);
    const change = { ...AFRESH, state: target, endedFrom: null, finishedAt: null };
    return this.#commit(kase, {
      change,
      transition: { event: 'retry', to: target, reason: request.reason ?? null, actor },
    });
  }

  async hold(id: string, reason: string, actor: string): Promise<Case> {
    const kase = await this.#get(id);
    if (!isActive(kase.state)) throw refused(`it is ${kase.state}; only a case still under way can be held`);
    if (kase.heldBecause !== null) throw refused('it is held already');
    const transition = { event: 'hold', to: kase.state, reason, actor } as const;
    return this.#commit(kase, { change: { heldBecause: reason }, transition });
  }

  async resume(id: string, actor: string): Promise<Case> {
    const kase = await this.#get(id);
    if (kase.heldBecause === null) throw refused('it is not held');
    const transition = { event: 'resume', to: kase.state, reason: null, actor } as const;
    return this.#commit(kase, { change: AFRESH, transition });
  }

  async cancel(id: string, actor: string, reason?: string): Promise<Case> {
    const kase = await this.#get(id);
    if (!isActive(kase.state)) {
      // A repeat ends what an interrupted cancel left running.
      if (kase.state !== 'cancelled') throw refused(`it is ${kase.state} already`);
      await this.#endBeams(kase);
      return kase;
    }
    const to = nextCaseState(kase.state, 'cancel');
    const after = await this.#commit(kase, {
      change: {
        state: to,
        endedFrom: kase.state,
        finishedAt: this.clock.now(),
        leaseOwner: null,
        leasedUntil: null,
        notBefore: null,
        heldBecause: null,
        waitingFor: null,
      },
      transition: { event: 'cancel', to, reason: reason ?? null, actor },
    });
    await this.#endBeams(after);
    return after;
  }

  async setPriority(id: string, priority: number, actor: string): Promise<Case> {
    const kase = await this.#get(id);
    const transition = { event: 'priority', to: kase.state, reason: String(priority), actor } as const;
    return this.#commit(kase, { change: { priority }, transition });
  }

  async submit(folder: string, actor: string): Promise<Case> {
    const below = folderBelow(this.folders.inbox, folder);
    if (below === null) {
      throw operator('intake.outside-inbox', 'the folder does not lie below the inbox', {
        remedy: 'copy it into the inbox, or name a folder that is there',
      });
    }
    const { fingerprint } = await this.watcher.look(below);
    return this.#register(below, fingerprint, 0, false, actor);
  }

  async #rerun(kase: Case, actor: string): Promise<Case> {
    const { fingerprint } = await this.watcher.look(kase.folder);
    return this.#register(kase.folder, fingerprint, kase.priority, true, actor);
  }

  async #register(folder: string, fingerprint: string, priority: number, rerun: boolean, actor: string): Promise<Case> {
    const at = this.clock.now();
    const { kase } = await this.cases.register({ id: newCaseId(), folder, fingerprint, priority, at, actor, rerun });
    this.manager.nudge();
    return kase;
  }

  /** What a target already holds under this run's UIDs is never replaced: to compute it again is a new run. */
  async #mustBecomeNewRun(kase: Case, target: ActiveState): Promise<boolean> {
    if (kase.state === 'completed') return true;
    if (target === 'assembled') return false;
    const receipts = await this.receipts.ofCase(kase.id);
    return receipts.some(({ status }) => status === 'delivered');
  }

  async #reopenBeams(kase: Case, target: ActiveState, request: RetryRequest): Promise<void> {
    const beams = await this.beams.ofCase(kase.id);
    const again = beamsToReopen(beams, target, request);
    for (const beam of again) await this.#reopen(beam);
    const waiting = beams.filter((beam) => !again.includes(beam) && beam.state === 'pending');
    const change = { failures: 0, notBefore: null };
    for (const beam of waiting) await this.beams.move(beam, { event: 'reopen', change, at: this.clock.now() });
  }

  async #reopen(beam: Beam): Promise<void> {
    if (beam.job !== null && (beam.state === 'submitted' || beam.state === 'cancelled')) {
      await this.scheduler.kill(beam.job, CANCEL_GRACE_MS);
    }
    const cleared = { failures: 0, notBefore: null, error: null, job: null, finishedAt: null, progress: 0 };
    await this.beams.move(beam, {
      event: 'reopen',
      change: { ...cleared, resultPath: null, resultSha256: null },
      at: this.clock.now(),
      // Closes the attempt's row where it is still open: its folder must not be taken over by the next attempt.
      outcome: 'cancelled',
    });
  }

  /** Cancels the beams that have not ended; resolves when no process group of theirs is left. */
  async #endBeams(kase: Case): Promise<void> {
    const beams = await this.beams.ofCase(kase.id);
    const kill = async (beam: Beam): Promise<void> => {
      // Started, but its handle never recorded: it is found by the attempt's folder.
      const job = beam.job ?? (await this.scheduler.find(this.folders.attempt(kase, beam.beamNumber, beam.attempt)));
      if (job !== null) await this.scheduler.kill(job, CANCEL_GRACE_MS);
    };
    const open = beams.filter(({ state }) => ['pending', 'submitted', 'executed'].includes(state));
    await Promise.all(
      open.map(async (beam) => {
        const at = this.clock.now();
        await this.beams.move(beam, { event: 'cancel', change: { finishedAt: at }, at, outcome: 'cancelled' });
      }),
    );
    const mayRun = beams.filter(({ state, attempt }) => attempt > 0 && state !== 'converted' && state !== 'failed');
    await Promise.all(mayRun.map(kill));
  }

  async #get(id: string): Promise<Case> {
    const kase = await this.cases.get(id);
    if (kase === null) throw operator('case.not-found', `there is no case ${id}`, { remedy: 'list them: mqi cases' });
    return kase;
  }

  async #commit(kase: Case, commit: Omit<CaseCommit, 'at'>): Promise<Case> {
    const after = await this.cases.commit(kase, { ...commit, at: this.clock.now() });
    const { event, actor } = commit.transition ?? { event: '', actor: '' };
    this.log.child({ caseId: kase.id }).info('operator request done', { event, actor, to: after.state });
    this.manager.nudge(kase.id);
    return after;
  }
}
