import type { ChannelRule } from '../../../../src/domain/notification.js';
import { ChannelSender } from '../../../../src/workflow/notifications/channel-sender.js';
import { Notifier } from '../../../../src/workflow/notifications/notifier.js';
import { TroubleLook } from '../../../../src/workflow/notifications/troubles.js';
import { aChannelRule } from '../../../builders/a-channel-rule.js';
import { someSettings } from '../../../builders/some-settings.js';
import { FakeCaseQueries } from '../../../fakes/fake-case-queries.js';
import { FakeCaseStore } from '../../../fakes/fake-case-store.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { FakeDiskSpace } from '../../../fakes/fake-disk-space.js';
import { FakeInboxes } from '../../../fakes/fake-inboxes.js';
import { FakeLogger } from '../../../fakes/fake-logger.js';
import { FakeNoticeStore } from '../../../fakes/fake-notice-store.js';
import { FakeNotificationChannel } from '../../../fakes/fake-notification-channel.js';
import { FakeRunFeed } from '../../../fakes/fake-run-feed.js';
import { FakeTables } from '../../../fakes/fake-tables.js';

const never = new AbortController().signal;

/** A notifier over fakes, with one channel. */
export class TellingBench {
  readonly tables = new FakeTables();
  readonly cases = new FakeCaseStore(this.tables);
  readonly clock = new FakeClock();
  readonly log = new FakeLogger();
  readonly store = new FakeNoticeStore();
  readonly feed = new FakeRunFeed(this.tables);
  readonly disk = new FakeDiskSpace();
  readonly inboxes = new FakeInboxes();
  readonly channel: FakeNotificationChannel;
  notifier: Notifier;
  sender: ChannelSender;

  constructor(rule: Partial<ChannelRule> = {}) {
    this.channel = new FakeNotificationChannel(aChannelRule(rule));
    this.notifier = this.#notifier();
    this.sender = this.#sender();
  }

  /** As after a kill: what was in memory is gone. */
  restart(): void {
    this.notifier = this.#notifier();
    this.sender = this.#sender();
  }

  /** Sends what is due; the subjects of all messages so far. */
  async tell(): Promise<readonly string[]> {
    await this.sender.turn(never);
    return this.channel.sent.map(({ subject }) => subject);
  }

  async lookAndTell(): Promise<readonly string[]> {
    await this.notifier.look();
    return this.tell();
  }

  /** A recorded move of the case `id`, which is put there as the move leaves it. */
  move(id: string, event: 'fail' | 'reject' | 'hold' | 'advance', change: object = {}): void {
    const to = { fail: 'failed', reject: 'rejected', hold: 'registered', advance: 'completed' } as const;
    const known = this.tables.cases.get(id);
    if (known === undefined) throw new Error(`no case ${id}`);
    const kase = { ...known, state: to[event], ...change };
    this.tables.cases.set(id, kase);
    const { state: from } = known;
    const reason = kase.error?.code ?? null;
    const at = this.clock.now();
    this.tables.transitions.push({
      id: this.tables.nextId(),
      caseId: id,
      event,
      from,
      to: to[event],
      reason,
      actor: 'service',
      at,
    });
  }

  #sender(): ChannelSender {
    return new ChannelSender(this.channel, this.store, this.feed, this.clock, this.log);
  }

  #notifier(): Notifier {
    const queries = new FakeCaseQueries(this.tables);
    const troubles = new TroubleLook(this.inboxes, queries, this.disk, this.feed, this.clock, someSettings());
    return new Notifier([this.channel], this.store, this.feed, this.clock, this.log, troubles);
  }
}
