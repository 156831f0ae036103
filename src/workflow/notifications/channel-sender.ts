import { toCaseError } from '../../domain/errors.js';
import type { Case } from '../../domain/case.js';
import type { Notice, Occurrence } from '../../domain/notification.js';
import type { Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import type { NoticeStore } from '../../ports/notice-store.js';
import type { NotificationChannel } from '../../ports/notification-channel.js';
import type { RunFeed } from '../../ports/run-feed.js';
import { unlessAborted } from '../unless-aborted.js';
import { isEnd } from './noticed.js';
import { noticesMessage } from './notice-text.js';

/*
 * One message at a time:
 *
 *   bind     the waiting notices become one message, with a name, before it is sent
 *   send     -> taken: they are sent. Failed: the same message again, later.
 *
 * A kill between "the other side has taken it" and "we have written so" sends it once more after the restart: with the same
 * name and the same text, by which a receiver knows it. That window cannot be closed from this side; nothing else sends twice.
 */

const LOOK_MS = 1_000;
/** Read at once: more than one message holds, so that all of a message is among them. */
const READ_AT_ONCE = 1_000;
const MOST_AT_ONCE = 500;
const FIRST_DELAY_MS = 10_000;
const LONGEST_DELAY_MS = 3_600_000;
const HOUR_MS = 3_600_000;
/** Then nobody is helped by it any more. */
const GIVE_UP_MS = 72 * HOUR_MS;

/** Tells one channel what waits for it. */
export class ChannelSender {
  #failing = false;

  constructor(
    private readonly channel: NotificationChannel,
    private readonly store: NoticeStore,
    private readonly feed: Pick<RunFeed, 'cases'>,
    private readonly clock: Clock,
    private readonly log: Logger,
  ) {}

  /** Until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.turn(signal);
      } catch (thrown) {
        const target = this.channel.rule.name;
        this.log.warn('telling a channel failed', { target, code: toCaseError(thrown).code }, thrown);
      }
      await this.clock.sleep(LOOK_MS, signal);
    }
  }

  /** Sends one message, if one is due. */
  async turn(signal: AbortSignal): Promise<void> {
    const due = await this.store.due(this.channel.rule.name, this.clock.now(), READ_AT_ONCE);
    const notices = await this.#nextMessage(due);
    if (notices.length === 0) return;
    const ids = notices.map((notice) => notice.id);
    const message = noticesMessage(await this.#nameOf(notices), this.channel.rule.subject, notices);
    try {
      // A service that stops waits for no mail server: the next start sends the message again, by the same name.
      await unlessAborted(this.channel.send(message, signal), signal);
    } catch (thrown) {
      if (!signal.aborted) await this.#failed(notices, thrown);
      return;
    }
    await this.store.end(ids, 'sent', this.clock.now());
    const fields = { target: this.channel.rule.name, count: ids.length };
    this.log.info(this.#failing ? 'people can be told again' : 'people told', fields);
    this.#failing = false;
  }

  /** The name is written down before the first attempt, so that the next one has the same. */
  async #nameOf(notices: readonly Notice[]): Promise<string> {
    const [first] = notices;
    if (first === undefined) throw new Error('a message of nothing');
    if (first.message !== null) return first.message;
    const name = `mqi-${this.channel.rule.name}-${String(first.id)}-${String(first.createdAt)}`;
    await this.store.bind(
      notices.map(({ id }) => id),
      name,
    );
    return name;
  }

  /** A message that was put together before stays as it was, and goes first. */
  async #nextMessage(due: readonly Notice[]): Promise<readonly Notice[]> {
    const begun = due.find(({ message }) => message !== null)?.message;
    if (begun !== undefined) return due.filter(({ message }) => message === begun);
    const fresh = await this.#stillStanding(due);
    const [oldest] = fresh;
    const { digestMinutes, maxPerHour, name } = this.channel.rule;
    const now = this.clock.now();
    if (oldest === undefined || now < oldest.notBefore + digestMinutes * 60_000) return [];
    const lately = await this.store.messagesSince(name, now - HOUR_MS);
    return lately < maxPerHour ? fresh.slice(0, MOST_AT_ONCE) : [];
  }

  /** What was to be told only if it lasts, and did not, is dropped. */
  async #stillStanding(due: readonly Notice[]): Promise<readonly Notice[]> {
    const delayed = due.filter((notice) => notice.notBefore > notice.createdAt && !isEnd(notice.occurrence));
    if (delayed.length === 0) return due;
    const lasting = new Set((await this.store.lasting()).map(({ key }) => key));
    const cases = await this.feed.cases(delayed.flatMap(({ occurrence: { caseId } }) => caseId ?? []));
    const over = delayed.filter(({ key, occurrence }) =>
      key.startsWith('move ') ? !cases.some((kase) => standsAs(kase, occurrence)) : !isAmong(lasting, key),
    );
    if (over.length > 0) {
      const ids = over.map(({ id }) => id);
      await this.store.end(ids, 'dropped', this.clock.now());
    }
    return due.filter((notice) => !over.includes(notice));
  }

  async #failed(notices: readonly Notice[], thrown: unknown): Promise<void> {
    const now = this.clock.now();
    const error = toCaseError(thrown);
    const ids = notices.map(({ id }) => id);
    const [first] = notices;
    const fields = { target: this.channel.rule.name, code: error.code, severity: error.severity, count: ids.length };
    if (first !== undefined && now - first.createdAt > GIVE_UP_MS) {
      await this.store.end(ids, 'given-up', now);
      this.log.error('people could not be told, given up', { ...fields, remedy: error.remedy }, thrown);
      return;
    }
    const delayMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(first?.attempts ?? 0, 20));
    await this.store.failed(ids, error.code, now + delayMs);
    // Once for each outage: the message says so again when it is given up.
    if (!this.#failing) this.log.error('people cannot be told', { ...fields, delayMs, remedy: error.remedy }, thrown);
    this.#failing = true;
  }
}

const standsAs = (kase: Case, { caseId, kind }: Occurrence): boolean =>
  kase.id === caseId && (kind === 'held' ? kase.heldBecause !== null : kase.state === kind);

/** The key of a notice is that of what lasts, and when it began. */
const isAmong = (lasting: ReadonlySet<string>, key: string): boolean => lasting.has(key.slice(0, key.lastIndexOf(' ')));
