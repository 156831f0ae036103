import { Inject, Service } from 'typedi';
import type { Case } from '../domain/case.js';
import { CaseError } from '../domain/errors.js';
import { LACKING_MS } from '../domain/settling.js';
import type { EpochMs } from '../domain/time.js';
import { CaseStore } from '../ports/case-store.js';
import { Clock } from '../ports/clock.js';
import type { SeenFolder } from '../ports/folder-watcher.js';
import { Inboxes } from '../ports/inboxes.js';
import { inboxesOf } from '../ports/inbox-settings.js';
import { Settings } from '../ports/settings.js';
import { newCaseId } from './case-id.js';

/** What a case waits for whose folder is no longer as it was taken. */
export const UNSETTLED = 'the folder to settle: its content changed since it was taken';

/** No sooner: each look walks the folder. What the watcher offers makes the case due at once. */
const LEAST_PAUSE_MS = 10_000;
/** Folders whose changes are followed at a time; of more the oldest are followed anew. */
const MOST_FOLLOWED = 1_000;

/** How a folder is now, against what was taken. */
export type Settledness =
  | { readonly is: 'as taken' }
  | { readonly is: 'gone' }
  /** `since`: the first look that found it so. `againInMs`: when to look again. */
  | { readonly is: 'changed'; readonly since: EpochMs; readonly againInMs: number };

interface Followed {
  /** Fingerprint of what was taken. */
  readonly taken: string;
  /** When it was first found to be another, though that may have changed again. */
  readonly since: EpochMs;
  /** What it was at the last look, and since when every look has found it so (monotonic). */
  readonly activity: string;
  readonly stillSinceMs: number;
}

/**
 * Whether a folder still is what was taken of it (docs/adr/0047-accepted-as-it-was-taken.md). Between settling and
 * validation a stalled copy may go on: what validation then reads is not what the case was registered with. Whether that
 * content is whole is for the watcher to say, as for all content: it is asked to look, and offers what has settled.
 *
 * The watcher never offers a folder that has no ready marker where one is configured (taken by `mqi submit`, or its marker
 * was taken away). Such a folder, once nothing in it has changed for ten minutes, is taken up here as it is.
 *
 * What is remembered between looks is lost with the process; a folder is then followed anew, which only takes longer.
 */
@Service()
export class SettledContent {
  /** By case, the one looked at last at the end. */
  readonly #followed = new Map<string, Followed>();

  constructor(
    @Inject(Inboxes) private readonly inboxes: Pick<Inboxes, 'look' | 'lookSoon'>,
    @Inject(CaseStore) private readonly cases: Pick<CaseStore, 'register' | 'runsOf'>,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  /**
   * Walks the folder. What was read before this and after the folder was taken is what was taken, if it still is that:
   * no content comes back with its former dates by being written.
   * @throws the signal's reason, transient `disk.failed`, operator `intake.unknown-inbox`
   */
  async look(kase: Case, signal: AbortSignal): Promise<Settledness> {
    const now = await this.#present(kase, signal);
    if (now === null || now.fingerprint === kase.fingerprint) {
      this.#followed.delete(kase.id);
      return { is: now === null ? 'gone' : 'as taken' };
    }
    this.inboxes.lookSoon(kase);
    const quietMs = this.#quietMs(kase);
    const { since, stillSinceMs } = this.#follow(kase, now);
    const stillForMs = this.clock.monotonicMs() - stillSinceMs;
    // Only a run that is known to wait takes changed content up; any other would get a further run.
    const mayTakeUp = kase.waitingFor === UNSETTLED && stillForMs >= Math.max(LACKING_MS, quietMs) + quietMs;
    if (mayTakeUp) await this.#takeUp(kase, now);
    return { is: 'changed', since, againInMs: Math.max(LEAST_PAUSE_MS, quietMs) };
  }

  /** Null when it is not there, or is no case folder by the present layout. */
  async #present(kase: Case, signal: AbortSignal): Promise<SeenFolder | null> {
    try {
      return await this.inboxes.look(kase, signal);
    } catch (thrown) {
      // Why is for the reader to say, who finds the same.
      if (thrown instanceof CaseError && thrown.code === 'intake.no-such-folder') return null;
      throw thrown;
    }
  }

  #quietMs({ inbox }: Case): number {
    const own = inboxesOf(this.settings).find(({ name }) => name === inbox);
    return (own ?? this.settings.intake).quietSeconds * 1000;
  }

  /** What is known of a changed folder after this look. */
  #follow({ id, fingerprint: taken }: Case, { activity }: SeenFolder): Followed {
    const before = this.#followed.get(id);
    const nowMs = this.clock.monotonicMs();
    const since = before?.taken === taken ? before.since : this.clock.now();
    const stillSinceMs = before?.activity === activity ? before.stillSinceMs : nowMs;
    const followed = { taken, since, activity, stillSinceMs };
    this.#followed.delete(id);
    this.#followed.set(id, followed);
    const [oldest] = this.#followed.keys();
    if (this.#followed.size > MOST_FOLLOWED && oldest !== undefined) this.#followed.delete(oldest);
    return followed;
  }

  /**
   * As if the watcher had offered it: the run lets go of the step that is at work here and is validated anew. Not where a
   * later run of the folder is there, which has the content already or is offered it.
   */
  async #takeUp(kase: Case, { fingerprint }: SeenFolder): Promise<void> {
    const [newest] = await this.cases.runsOf(kase);
    if (newest?.id !== kase.id) return;
    const { inbox, folder, priority } = kase;
    await this.cases.register({
      id: newCaseId(),
      inbox,
      folder,
      fingerprint,
      priority,
      at: this.clock.now(),
      actor: 'service',
    });
    this.#followed.delete(kase.id);
  }
}
