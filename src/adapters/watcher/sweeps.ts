import type { EpochMs } from '../../domain/time.js';
import type { Clock } from '../../ports/clock.js';
import type { InboxCalls } from './inbox-calls.js';
import { CALLS_PER_LOOK } from './inbox-identity.js';
import type { SharePresence } from './share-presence.js';

/** A sweep that takes longer goes on by itself, while the share is asked whether it is still there. */
const ASK_SHARE_EVERY_MS = 30_000;

/** When the inbox is looked through: one sweep at a time, each as long after the last as that took, or longer. */
export class Sweeps {
  #running: Promise<void> | null = null;
  /** Null before the first ended. */
  lastAt: EpochMs | null = null;
  ms: number | null = null;
  /** Calls to the inbox from the end of the sweep before to the end of the last. */
  calls: number | null = null;
  #callsBefore = 0;

  /** @param sweep looks the inbox through; false when the share went away meanwhile */
  constructor(
    private readonly sweep: () => Promise<boolean>,
    private readonly pollMs: number,
    private readonly share: SharePresence,
    private readonly made: InboxCalls,
    private readonly clock: Clock,
  ) {}

  /** A share so slow that a sweep takes longer than the pause gets as long a rest as it had work. */
  pause(signal: AbortSignal): Promise<void> {
    return this.clock.sleep(Math.max(this.pollMs, this.ms ?? 0), signal);
  }

  /**
   * One sweep, if the share is there; resolves when it has ended or takes too long. A sweep that hangs is no reason not to
   * ask the share: only then is it known to be away. No second one is begun.
   */
  async run(): Promise<void> {
    if (await this.share.isLost()) return;
    this.#running ??= this.#once().finally(() => {
      this.#running = null;
    });
    const enough = new AbortController();
    try {
      await Promise.race([this.#running, this.clock.sleep(ASK_SHARE_EVERY_MS, enough.signal)]);
    } finally {
      enough.abort();
    }
  }

  async #once(): Promise<void> {
    const from = this.clock.monotonicMs();
    if (!(await this.sweep())) return;
    this.lastAt = this.clock.now();
    this.ms = Math.round(this.clock.monotonicMs() - from);
    const calls = this.made.total + this.share.looks * CALLS_PER_LOOK;
    this.calls = calls - this.#callsBefore;
    this.#callsBefore = calls;
  }
}
