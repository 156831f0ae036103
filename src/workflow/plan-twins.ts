import { Inject, Service } from 'typedi';
import type { Case } from '../domain/case.js';
import { nextCaseState } from '../domain/case-machine.js';
import { CaseError, input, transient } from '../domain/errors.js';
import type { Folders } from '../domain/folders.js';
import type { IonPlan } from '../domain/plan.js';
import { diskError } from '../files/disk-error.js';
import { isThere } from '../files/is-there.js';
import { mayPass } from '../files/system-code.js';
import { CaseStore, type CaseChange } from '../ports/case-store.js';
import { Clock } from '../ports/clock.js';
import { Inboxes } from '../ports/inboxes.js';
import { Settings } from '../ports/settings.js';
import { WorkFolders } from '../ports/work-folders.js';

const TRIES = 5;
/** A plan dropped a thousand times costs each of its cases no more than this many rows and looks at the inbox. */
const MOST_TWINS = 20;
const DUPLICATE = 'intake.duplicate';
const GIVEN_UP: readonly Case['state'][] = ['rejected', 'failed', 'cancelled'];

type OfPlan = Pick<IonPlan, 'label' | 'sopInstanceUid'>;

/**
 * The same plan under two names. Of folders that bring one plan, the first whose content is whole is the original; a
 * later one is processed and says so, or is refused (`intake.duplicates`). Cases that ended without a result, and those
 * that still wait for data, stand in nobody's way. The plan's SOP Instance UID is the only key, never a patient.
 *
 * A renamed folder looks like a second one whose original is gone: a case that still needs that original gives way.
 *
 * Two folders validated side by side must not both be the first: each is written down as accepted before the next is
 * looked at. One at a time in this process is enough, for one service at most works on a database.
 */
@Service()
export class PlanTwins {
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(CaseStore) private readonly cases: CaseStore,
    @Inject(WorkFolders) private readonly folders: Folders,
    @Inject(Settings) private readonly settings: Settings,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Inboxes) private readonly inboxes: Pick<Inboxes, 'guardOf'>,
  ) {}

  /**
   * Writes down that the case is whole and has this plan; remarks for its history.
   * @throws input `intake.duplicate` where another case has the plan and duplicates are to be skipped
   * @throws transient `case.lost-race` where the case was taken out of the step's hands
   */
  accept(kase: Case, plan: OfPlan): Promise<readonly string[]> {
    return this.#oneAtATime(async () => {
      const others = await this.#standing(kase, plan);
      const twin = others.find(({ state, waitingFor }) => state !== 'registered' || waitingFor === null);
      const duplicateOf = twin?.id ?? kase.duplicateOf;
      await this.#record(kase, { ...factsOf(plan), duplicateOf, waitingFor: null });
      if (twin === undefined) return [];
      if (this.settings.intake.duplicates === 'skip' && !(await this.#isWanted(kase))) throw duplicate(twin);
      return [`same plan as case ${twin.id}`];
    });
  }

  /** While the case still waits for data: a case whose folder became this one has nothing to wait for any more. */
  async replaceRenamed(kase: Case, plan: OfPlan): Promise<void> {
    await this.#oneAtATime(() => this.#standing(kase, plan));
  }

  #oneAtATime<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    const over = (): void => undefined;
    this.#turn = mine.then(over, over); // a failure is told to its own caller
    return mine;
  }

  /** Cases of the plan in other folders, originals first, less those that have given way to this one. */
  async #standing(kase: Case, plan: OfPlan): Promise<readonly Case[]> {
    const ours = new Set((await this.cases.runsOf(kase)).map(({ id }) => id));
    const others = (await this.cases.withPlan(plan.sopInstanceUid, MOST_TWINS)).filter(
      ({ id, duplicateOf }) => !ours.has(id) && (duplicateOf === null || !ours.has(duplicateOf)),
    );
    const standing: Case[] = [];
    for (const other of others) if (!(await this.#hasGivenWay(other, kase))) standing.push(other);
    return standing;
  }

  async #hasGivenWay(other: Case, kase: Case): Promise<boolean> {
    for (let tries = 1, now: Case | null = other; now !== null && tries <= TRIES; tries += 1) {
      if (GIVEN_UP.includes(now.state)) return true;
      if (!(await this.#isRenamed(now, kase))) return false;
      if (await this.#giveWay(now, kase)) return true;
      now = await this.cases.get(other.id);
    }
    return false;
  }

  async #isRenamed(other: Case, kase: Case): Promise<boolean> {
    if (other.state !== 'registered' && other.state !== 'validated') return false;
    if (!this.folders.inboxes().has(other.inbox)) return false;
    return (await this.#isGone(other)) && (await this.#isInInbox(kase));
  }

  /** Not in its inbox, whose share was there all the while: the other inbox may be away while this one is there. */
  async #isGone(other: Case): Promise<boolean> {
    const guard = this.inboxes.guardOf(other.inbox);
    const { generation } = guard;
    if ((await guard.check()) !== null || (await this.#isInInbox(other))) return false;
    return (await guard.check()) === null && guard.generation === generation;
  }

  #isInInbox(kase: Case): Promise<boolean> {
    return isThere(this.folders.dropped(kase)).catch((cause: unknown) => {
      if (mayPass(cause)) throw diskError(cause, 'the inbox');
      return true; // Nothing says that it is gone.
    });
  }

  /** Its beams have not begun; the reconciler ends them with their case. False where the case moved meanwhile. */
  #giveWay(other: Case, kase: Case): Promise<boolean> {
    const at = this.clock.now();
    const to = nextCaseState(other.state, 'cancel');
    const reason = `the folder was renamed: case ${kase.id} takes its place`;
    const free = { leaseOwner: null, leasedUntil: null, notBefore: null, heldBecause: null, waitingFor: null } as const;
    const endedFrom = other.state === 'validated' ? other.state : 'registered';
    return unlessOvertaken(
      this.cases.commit(other, {
        change: { ...free, state: to, endedFrom, finishedAt: at },
        at,
        transition: { event: 'cancel', to, reason, actor: 'service' },
      }),
    );
  }

  /** Under way again after it was refused as a duplicate: an operator has asked for it. */
  async #isWanted({ id }: Case): Promise<boolean> {
    const history = await this.cases.transitionsOf(id);
    return history.some(({ event, reason }) => event === 'reject' && reason === DUPLICATE);
  }

  async #record(kase: Case, change: CaseChange): Promise<void> {
    for (let tries = 1; tries <= TRIES; tries += 1) {
      const now = await this.cases.get(kase.id);
      if (now === null || !isStill(now, kase)) break;
      if (await unlessOvertaken(this.cases.commit(now, { change, at: this.clock.now() }))) return;
    }
    throw transient('case.lost-race', `case ${kase.id} was moved by another writer`);
  }
}

const factsOf = ({ label, sopInstanceUid }: OfPlan): CaseChange => ({
  planLabel: label,
  planSopInstanceUid: sopInstanceUid,
});

/** Still in the hands of the step that was given `then`, with the content it has looked at. */
const isStill = (now: Case, then: Case): boolean =>
  now.state === then.state && now.leaseOwner === then.leaseOwner && now.fingerprint === then.fingerprint;

const duplicate = ({ id }: Case): CaseError =>
  input(DUPLICATE, `the plan is that of case ${id}`, {
    remedy: 'none if that case is the one wanted; mqi retry ID processes this one all the same',
  });

async function unlessOvertaken(commit: Promise<Case>): Promise<boolean> {
  try {
    await commit;
    return true;
  } catch (thrown) {
    if (thrown instanceof CaseError && thrown.code === 'case.lost-race') return false;
    throw thrown;
  }
}
