import { realpath } from 'node:fs/promises';
import type { Layout } from '../../domain/layout.js';
import type { Logger } from '../../ports/logger.js';
import { errorCode } from './error-code.js';
import { InboxEvents, type EventSink } from './inbox-events.js';
import { watchMode, type WatchMode } from './watch-mode.js';

export type OpenEvents = (inbox: string, layout: Layout, sink: EventSink) => InboxEvents;

export const openInboxEvents: OpenEvents = (inbox, layout, sink) => new InboxEvents(inbox, layout, sink);

export interface EventSourceOptions {
  readonly inbox: string;
  readonly layout: Layout;
  readonly watch: 'auto' | 'events' | 'poll';
}

/** The events of the mount that is there now, if there are any to be had. */
export class EventSource {
  mode: WatchMode;
  /** Null while there are none. */
  events: InboxEvents | null = null;
  /** True when the mount that is there is known to be polled. */
  #isPolled = false;
  /** The system gave no more watches: not tried again. */
  #outOfWatches = false;

  constructor(
    private readonly options: EventSourceOptions,
    private readonly open: OpenEvents,
    private readonly sink: Omit<EventSink, 'failed'>,
    private readonly log: Logger,
  ) {
    const mode = options.watch === 'poll' ? 'poll' : 'events';
    this.mode = { mode, because: 'the inbox was not looked at yet' };
  }

  /** Opens them if there are any and they are not open; the ones opened, else null. */
  async start(): Promise<InboxEvents | null> {
    if (this.events !== null || this.#outOfWatches || this.#isPolled) return null;
    let inbox: string;
    try {
      inbox = await realpath(this.options.inbox);
      this.mode = await watchMode(inbox, this.options.watch);
      this.#isPolled = this.mode.mode === 'poll';
      if (this.#isPolled) return null;
    } catch {
      return null; // The listing that follows says what is wrong with the inbox.
    }
    const failed = (thrown: unknown): void => {
      this.#fallBackToPolling(thrown);
    };
    const events = this.open(inbox, this.options.layout, { ...this.sink, failed });
    this.events = events;
    await events.start();
    return events;
  }

  /** Another mount came, or none: the kind of it is asked for anew. */
  async moved(): Promise<void> {
    this.#isPolled = false;
    await this.close();
  }

  async close(): Promise<void> {
    const { events } = this;
    this.events = null;
    await events?.close();
  }

  #fallBackToPolling(thrown: unknown): void {
    this.mode = { mode: 'poll', because: `the system gives no more watches (${errorCode(thrown)})` };
    this.#outOfWatches = true;
    this.log.warn('no more file events to be had, polling instead', { code: errorCode(thrown) });
    this.close().catch((failure: unknown) => {
      this.log.error('watching the inbox failed', { code: errorCode(failure) }, failure);
    });
  }
}
