import { rm } from 'node:fs/promises';
import { Inject, Service } from 'typedi';
import type { Beam } from '../domain/beam.js';
import type { Case } from '../domain/case.js';
import { isActive, nextCaseState, type ActiveState } from '../domain/case-machine.js';
import { CaseError, operator } from '../domain/errors.js';
import { BeamStore } from '../ports/beam-store.js';
import type { CaseControl, RetryRequest } from '../ports/case-control.js';
import { CaseStore, type CaseCommit, type NewCase } from '../ports/case-store.js';
import { Clock } from '../ports/clock.js';
import { Inboxes } from '../ports/inboxes.js';
import { Logger } from '../ports/logger.js';
import { Nudge } from '../ports/nudge.js';
import { ReceiptStore } from '../ports/receipt-store.js';
import { Scheduler } from '../ports/scheduler.js';
import { WorkFolders } from '../ports/work-folders.js';
import type { Folders } from '../domain/folders.js';
import { isThere } from '../files/is-there.js';
import { folderMeant } from './folder-meant.js';
import { FolderSpelling, type KnownFolder } from './folder-spelling.js';
import { newCaseId } from './case-id.js';
import { beamsToReopen, refused, requireBeam, retryOfCleaned, retryTarget } from './retry-plan.js';

/*
 * What operators do, from any process. Each is one guarded write (the row's version). Where the step that runs, or another
 * operator, wrote first, the case is looked at again: an order that still makes sense is carried out, one that no longer
 * does is refused by what was found (of two who hold, the second hears that it is held). Effects outside the database come
 * after the write and may be repeated; only the jobs of beams to be redone are ended before it, and they are redone anyway.
 */

const CANCEL_GRACE_MS = 5_000;
const TRIES = 5;
const LET_GO = { leaseOwner: null, leasedUntil: null } as const;

/** Fresh counters: the step starts as if it had never been tried. */
const AFRESH = { attempt: 0, crashes: 0, notBefore: null, heldBecause: null, error: null, waitingFor: null } as const;

@Service()
export class OperatorControl implements CaseControl {
  constructor(
    @Inject(CaseStore) private readonly cases: CaseStore,
    @Inject(BeamStore) private readonly beams: BeamStore,
    @Inject(ReceiptStore) private readonly receipts: ReceiptStore,
    @Inject(Scheduler) private readonly scheduler: Scheduler,
    @Inject(Inboxes) private readonly inboxes: Pick<Inboxes, 'look'>,
    @Inject(WorkFolders) private readonly folders: Folders,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Nudge) private readonly manager: Nudge,
    @Inject(Logger) private readonly log: Logger,
    private readonly spelling: FolderSpelling,
  ) {}

  async retry(id: string, asked: RetryRequest, actor: string): Promise<Case> {
    // Looked at once: the mark is gone when the case is looked at again.
    const cleaned = await this.isCleaned(await this.#get(id));
    return untilNotOvertaken(() => this.#retry(id, asked, cleaned, actor), 'case.lost-race');
  }

  async #retry(id: string, asked: RetryRequest, cleaned: boolean, actor: string): Promise<Case> {
    const kase = await this.#get(id);
    const request = cleaned ? retryOfCleaned(kase, asked) : asked;
    const target = retryTarget(kase, request);
    // To calculate what an earlier run calculated for this one is a new run, as it is for that one.
    if (asksToRecalculate(kase, asked) || (await this.#mustBecomeNewRun(kase, target))) {
      requireBeam(await this.beams.ofCase(kase.id), asked);
      return this.#rerun(kase, asked, actor);
    }
    if (cleaned) await rm(this.folders.cleaned(kase), { force: true });
    // A step that still runs (held) is told to let go: what it had in hand is begun anew from the target.
    const change = { ...AFRESH, ...LET_GO, state: target, endedFrom: null, finishedAt: null };
    const transition = { event: 'retry', to: target, reason: request.reason ?? null, actor } as const;
    return untilNotOvertaken(async () => {
      const beams = await this.beams.ofCase(kase.id);
      const again = beamsToReopen(beams, target, request);
      await Promise.all(again.map((beam) => this.#endJob(kase, beam)));
      return this.#commit(kase, { change, transition, moves: this.#reopening(beams, again) });
    });
  }

  hold(id: string, reason: string, actor: string): Promise<Case> {
    return untilNotOvertaken(async () => {
      const kase = await this.#get(id);
      if (!isActive(kase.state)) throw refused(`it is ${kase.state}; only a case still under way can be held`);
      if (kase.heldBecause !== null) throw refused('it is held already');
      const transition = { event: 'hold', to: kase.state, reason, actor } as const;
      return this.#commit(kase, { change: { heldBecause: reason }, transition });
    }, 'case.lost-race');
  }

  resume(id: string, actor: string): Promise<Case> {
    return untilNotOvertaken(async () => {
      const kase = await this.#get(id);
      if (kase.heldBecause === null) throw refused('it is not held');
      const transition = { event: 'resume', to: kase.state, reason: null, actor } as const;
      return this.#commit(kase, { change: AFRESH, transition });
    }, 'case.lost-race');
  }

  /** Also when the step that runs writes at the same moment: whatever it has just done, the case is to end. */
  cancel(id: string, actor: string, reason?: string): Promise<Case> {
    return untilNotOvertaken(() => this.#cancel(id, actor, reason), 'case.lost-race');
  }

  async #cancel(id: string, actor: string, reason?: string): Promise<Case> {
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

  setPriority(id: string, priority: number, actor: string): Promise<Case> {
    return untilNotOvertaken(async () => {
      const kase = await this.#get(id);
      if (!isActive(kase.state)) throw refused(`it is ${kase.state}; only a case still under way goes before others`);
      const transition = { event: 'priority', to: kase.state, reason: String(priority), actor } as const;
      return this.#commit(kase, { change: { priority }, transition });
    }, 'case.lost-race');
  }

  async submit(folder: string, actor: string): Promise<Case> {
    const where = await folderMeant(this.folders.inboxes(), folder);
    const { fingerprint } = await this.inboxes.look(where);
    return this.#register(await this.spelling.known(where), fingerprint, 0, actor);
  }

  /** Whether the work folder of the case was cleaned. */
  protected isCleaned(kase: Case): Promise<boolean> {
    return isThere(this.folders.cleaned(kase));
  }

  async #rerun(kase: Case, { reason }: RetryRequest, actor: string): Promise<Case> {
    const { inbox, folder } = kase;
    const { fingerprint } = await this.inboxes.look(kase);
    const why = reason === undefined ? {} : { reason };
    return this.#register({ inbox, folder, rerun: true, ...why }, fingerprint, kase.priority, actor);
  }

  async #register(
    folder: KnownFolder & Pick<NewCase, 'reason'>,
    fingerprint: string,
    priority: number,
    actor: string,
  ): Promise<Case> {
    const at = this.clock.now();
    const { kase } = await this.cases.register({ ...folder, id: newCaseId(), fingerprint, priority, at, actor });
    this.manager.nudge();
    return kase;
  }

  /** What a target already holds under this run's UIDs is never replaced: to compute it again is a new run. */
  async #mustBecomeNewRun(kase: Case, target: ActiveState): Promise<boolean> {
    if (kase.state === 'completed') return true;
    if (target === 'assembled') return false;
    // Also one that is pending or failed may have arrived: its answer, or we, may have been lost.
    return (await this.receipts.ofCase(kase.id)).length > 0;
  }

  /** The moves that set these beams back, and give those that wait fresh counters. */
  #reopening(beams: readonly Beam[], again: readonly Beam[]): NonNullable<CaseCommit['moves']> {
    const at = this.clock.now();
    const counters = { failures: 0, notBefore: null };
    const nothing = { error: null, job: null, finishedAt: null, progress: 0, resultPath: null, resultSha256: null };
    const waiting = beams.filter((beam) => !again.includes(beam) && beam.state === 'pending');
    return [
      // Closes the attempt's row where it is still open: its folder must not be taken over by the next attempt.
      ...again.map((beam) => ({
        beam,
        move: { event: 'reopen', change: { ...counters, ...nothing }, at, outcome: 'cancelled' } as const,
      })),
      ...waiting.map((beam) => ({ beam, move: { event: 'reopen', change: counters, at } as const })),
    ];
  }

  /** Cancels the beams that have not ended; resolves when no process group of theirs is left. */
  async #endBeams(kase: Case): Promise<void> {
    const beams = await this.beams.ofCase(kase.id);
    await Promise.all(beams.map(({ id }) => untilNotOvertaken(() => this.#cancelBeam(id))));
    const mayRun = beams.filter(({ state }) => state !== 'converted' && state !== 'failed');
    await Promise.all(mayRun.map((beam) => this.#endJob(kase, beam)));
  }

  async #cancelBeam(id: string): Promise<void> {
    const beam = await this.beams.get(id);
    if (beam === null || !['pending', 'submitted', 'executed'].includes(beam.state)) return;
    const at = this.clock.now();
    await this.beams.move(beam, { event: 'cancel', change: { finishedAt: at }, at, outcome: 'cancelled' });
  }

  /** Ends the beam's job, also one whose handle was never recorded: it is found by the attempt's folder. */
  async #endJob(kase: Case, { job, beamNumber, attempt, state }: Beam): Promise<void> {
    if (attempt === 0 || state === 'converted' || state === 'failed') return;
    const found = job ?? (await this.scheduler.find(this.folders.attempt(kase, beamNumber, attempt)));
    if (found !== null) await this.scheduler.kill(found, CANCEL_GRACE_MS);
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

/** True for a run that has no dose of its own and is asked to make one. */
function asksToRecalculate({ resultsOf }: Case, { from, beamNumber }: RetryRequest): boolean {
  if (resultsOf === null) return false;
  return beamNumber !== undefined || (from !== undefined && from !== 'assemble' && from !== 'upload');
}

/** The step that runs may move a beam while an operator does: no contest between people, so it is looked at again. */
async function untilNotOvertaken<T>(act: () => Promise<T>, by = 'beam.lost-race'): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await act();
    } catch (thrown) {
      const overtaken = thrown instanceof CaseError && thrown.code === by;
      if (!overtaken || tries === TRIES) throw thrown;
    }
  }
}
