import { Inject, Service } from 'typedi';
import type { CaseUpload } from '../../domain/case-upload.js';
import { toCaseError } from '../../domain/errors.js';
import { CaseStore } from '../../ports/case-store.js';
import { CaseUploadStore, type Candidates } from '../../ports/case-upload-store.js';
import { Clock } from '../../ports/clock.js';
import { Logger } from '../../ports/logger.js';
import { Nudge } from '../../ports/nudge.js';
import { Settings } from '../../ports/settings.js';
import { type UploadTarget, UploadTargets } from '../../ports/upload-target.js';
import { Alarm } from '../alarm.js';
import { CaseDelivery, type TurnEnd } from './case-delivery.js';
import { DeliveryObjects } from './delivery-objects.js';
import { TargetGates } from './target-gates.js';
import { type Apart, TurnsApart } from './turns-apart.js';

/*
 * Whose turn it is at each target.
 *
 *   target down     when its probe is due one case is woken, the one that failed there longest ago; and one that somebody asked
 *                   for since it was last tried, at once (`mqi deliver`)
 *   target works    as many cases are woken as have room, by priority and age; each that leaves makes room for the next
 *   late            open deliveries of completed cases (optional targets, `mqi deliver`), after those under way (turns-apart.ts)
 *
 * To wake is to make a waiting case due; its step asks the gate itself. So a wake that is lost, doubled or late costs a
 * look: the gates alone decide who sends. Cases that wait stay as they are in the database and are not touched
 * meanwhile: 500 of them cost one count for each round.
 */

/** A late delivery that could not even be begun is let be for so long. */
const APART_MS = 5_000;

@Service()
export class DeliveryWatch {
  readonly #alarm: Alarm;

  constructor(
    @Inject(UploadTargets) private readonly targets: readonly UploadTarget[],
    @Inject(CaseUploadStore) private readonly uploads: CaseUploadStore,
    @Inject(CaseStore) private readonly cases: CaseStore,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Logger) private readonly log: Logger,
    @Inject(Settings) private readonly settings: Settings,
    @Inject(Nudge) private readonly manager: Nudge,
    private readonly gates: TargetGates,
    private readonly objects: DeliveryObjects,
    private readonly delivery: CaseDelivery,
    private readonly apart: TurnsApart,
  ) {
    this.#alarm = new Alarm(clock);
    const heard = (): void => {
      this.#alarm.ring();
    };
    gates.onFreed(heard);
    apart.onEnded(heard);
  }

  /** Until the signal aborts and every delivery apart from its case has let go; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = (): void => {
      this.#alarm.ring();
    };
    signal.addEventListener('abort', stop, { once: true });
    await this.gates.open(this.targets);
    await this.#wakeStrayed();
    while (!signal.aborted) await this.#alarm.wait(await this.round(signal));
    await this.apart.end(signal.reason);
  }

  /** Whom the service before this one left waiting for a target that is configured no more: nothing else would wake them. */
  async #wakeStrayed(): Promise<void> {
    try {
      const names = this.targets.map(({ name }) => name);
      if ((await this.uploads.wakeStrayed(names, this.clock.now())) > 0) this.manager.nudge();
    } catch (thrown) {
      const { code, severity } = toCaseError(thrown); // they look themselves, later
      this.log.warn('looking at what waits for targets failed', { code, severity }, thrown);
    }
  }

  /** Wakes whoever has room; how long nothing more will happen by itself, ms. */
  async round(signal: AbortSignal): Promise<number> {
    const longest = this.settings.progressTracking.pollingIntervalSeconds * 1000;
    try {
      const waiting = await this.uploads.waiting();
      let nextMs = longest;
      for (const target of this.targets) {
        if (signal.aborted || !waiting.has(target.name)) continue;
        const inMs = await this.#serve(target, signal);
        if (inMs !== null && inMs > 0) nextMs = Math.min(nextMs, inMs);
      }
      return nextMs;
    } catch (thrown) {
      const { code, severity } = toCaseError(thrown);
      this.log.warn('looking at what waits for targets failed', { code, severity }, thrown);
      return longest;
    }
  }

  /** How many ms until its probe is due; null where only an event can tell. */
  async #serve(target: UploadTarget, signal: AbortSignal): Promise<number | null> {
    const { free, isProbe, inMs, triedAt } = await this.gates.room(target.name);
    const which = { target: target.name, now: this.clock.now(), longestAgo: isProbe };
    // Assembled cases that were asked for are due by themselves (deliver-again.ts).
    const asked = triedAt === null ? null : { ...which, limit: 1, askedAfter: triedAt };
    if (asked !== null && (await this.#beginLate(target, asked, signal)) > 0) return inMs;
    if (free <= 0) return inMs;
    // One that has a turn there already would only look at it.
    const woken = await this.uploads.wake({ ...which, limit: free, except: this.apart.at(target.name) });
    this.gates.expect(target.name, woken);
    if (woken.length > 0) this.manager.nudge();
    const left = free - woken.length;
    if (left > 0) await this.#beginLate(target, { ...which, limit: left }, signal);
    return inMs;
  }

  /** How many were begun. */
  async #beginLate(target: UploadTarget, which: Candidates, signal: AbortSignal): Promise<number> {
    const found = await this.uploads.late({ ...which, except: this.apart.at(target.name) });
    for (const upload of found) {
      const kase = { id: upload.caseId };
      const log = this.log.child({ caseId: upload.caseId });
      void this.apart
        .begin({ target: target.name, kase, log, late: true }, signal, (apart) =>
          this.#deliverLate(target, upload, log, apart),
        )
        .catch(() => undefined); // told by whom it was begun with
    }
    return found.length;
  }

  async #deliverLate(target: UploadTarget, upload: CaseUpload, log: Logger, apart: Apart): Promise<void> {
    const { signal } = apart;
    try {
      const kase = await this.cases.get(upload.caseId);
      if (kase === null || signal.aborted) return;
      const sending = this.objects.sending(kase, signal);
      const end: TurnEnd = await this.delivery.turn(kase, target, upload, sending, { ...apart, log });
      if (end.how === 'delivered') log.info('delivered after the case was completed', { target: target.name });
    } catch (thrown) {
      if (!signal.aborted) await this.clock.sleep(APART_MS, signal);
      throw thrown;
    }
  }
}
