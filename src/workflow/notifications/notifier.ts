import { Inject, Service } from 'typedi';
import { toCaseError } from '../../domain/errors.js';
import type { ChannelRule, LastingKind } from '../../domain/notification.js';
import { Clock } from '../../ports/clock.js';
import { Logger } from '../../ports/logger.js';
import { NoticeStore, type NewNotice, type ReadMark } from '../../ports/notice-store.js';
import { NotificationChannels, type NotificationChannel } from '../../ports/notification-channel.js';
import { RunFeed } from '../../ports/run-feed.js';
import { caseOccurrence } from './case-occurrence.js';
import { ChannelSender } from './channel-sender.js';
import { endOf, noticesFor, troubleChange } from './noticed.js';
import { TroubleLook } from './troubles.js';

/*
 * People are told of what is read from the database, never by those who work on cases: no step waits for a message.
 *
 *   look     reads the moves of cases since the mark, and what lasts (troubles.ts); writes notices, mark and what lasts in one
 *            transaction. Killed before: the next look finds the same. Killed after: they are there.
 *   send     for each channel by itself (channel-sender.ts): a server that hangs keeps no other from being told.
 *
 * On PostgreSQL a move may be committed after one with a greater number: each look reads some way back, and the unique key of
 * a notice keeps it from being told twice.
 */

const LOOK_MS = 2_000;
const READ_AT_ONCE = 500;
/** Moves written side by side are far fewer. */
const READ_BACK = 200;
/** After a long rest of the service, or of notifications: what is older nobody wants to be woken for. */
const TOO_OLD_MS = 24 * 3_600_000;
const KEPT_MS = 30 * 24 * 3_600_000;

@Service()
export class Notifier {
  readonly #rules: readonly ChannelRule[];
  readonly #complained = new Set<LastingKind>();

  constructor(
    @Inject(NotificationChannels) private readonly channels: readonly NotificationChannel[],
    @Inject(NoticeStore) private readonly store: NoticeStore,
    @Inject(RunFeed) private readonly feed: RunFeed,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Logger) private readonly log: Logger,
    private readonly troubles: TroubleLook,
  ) {
    this.#rules = channels.map(({ rule }) => rule);
  }

  /** Until the signal aborts. Does nothing where there is no channel. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    if (this.channels.length === 0) return;
    const { store, feed, clock, log } = this;
    const senders = this.channels.map((channel) => new ChannelSender(channel, store, feed, clock, log));
    const own = (): AbortSignal => AbortSignal.any([signal]);
    await Promise.all([this.#looks(own()), ...senders.map((sender) => sender.run(own()))]);
  }

  async #looks(signal: AbortSignal): Promise<void> {
    let forgotAt = -Infinity;
    while (!signal.aborted) {
      try {
        await this.look();
        if (this.clock.monotonicMs() - forgotAt > 3_600_000) {
          forgotAt = this.clock.monotonicMs();
          const names = this.#rules.map(({ name }) => name);
          await this.store.forget(this.clock.now() - KEPT_MS, names);
        }
      } catch (thrown) {
        this.log.warn('looking for what to tell people failed', { code: toCaseError(thrown).code }, thrown);
      }
      await this.clock.sleep(LOOK_MS, signal);
    }
  }

  /** Once: writes down what people are to be told. */
  async look(): Promise<void> {
    await this.#lookAtCases();
    await this.#lookAtTroubles();
  }

  async #lookAtCases(): Promise<void> {
    let mark = await this.store.mark();
    if (mark === null) {
      const last = await this.feed.lastTransition();
      await this.store.record({ notices: [], mark: { first: last, last } });
      return;
    }
    for (;;) {
      const next = await this.#readFrom(mark);
      if (next === null) return;
      mark = next;
    }
  }

  /** Null when all was read. */
  async #readFrom({ first, last }: ReadMark): Promise<ReadMark | null> {
    const moves = await this.feed.transitionsAfter(Math.max(first, last - READ_BACK), READ_BACK + READ_AT_ONCE);
    const now = this.clock.now();
    const notices = moves
      .filter(({ transition }) => now - transition.at < TOO_OLD_MS)
      .flatMap((moved) => {
        const occurrence = caseOccurrence(moved);
        return occurrence === null
          ? []
          : noticesFor(this.#rules, `move ${String(moved.transition.id)}`, occurrence, now);
      });
    const reached = Math.max(last, moves.at(-1)?.transition.id ?? 0);
    if (notices.length > 0 || reached > last) await this.store.record({ notices, mark: { first, last: reached } });
    return reached > last ? { first, last: reached } : null;
  }

  async #lookAtTroubles(): Promise<void> {
    const failing = new Set<LastingKind>();
    const troubles = await this.troubles.look((kind, code, thrown) => {
      failing.add(kind);
      if (!this.#complained.has(kind)) this.log.warn('looking for trouble failed', { kind, code }, thrown);
      this.#complained.add(kind);
    });
    for (const kind of this.#complained) if (!failing.has(kind)) this.#complained.delete(kind);
    const { began, ended } = troubleChange(await this.store.lasting(), troubles);
    if (began.length === 0 && ended.length === 0) return;
    const now = this.clock.now();
    const notices: NewNotice[] = began.flatMap(({ key, since, occurrence }) =>
      noticesFor(this.#rules, `${key} ${String(since)}`, occurrence, now),
    );
    for (const one of ended) {
      const over = endOf(one, now);
      if (over !== null) notices.push(...noticesFor(this.#rules, `${one.key} ${String(one.since)} over`, over, now));
    }
    await this.store.record({ notices, began, ended: ended.map(({ key }) => key) });
  }
}
