import type { Clock } from '../../ports/clock.js';
import type { InboxGuard, InboxLoss } from '../../ports/inbox-guard.js';
import type { Logger } from '../../ports/logger.js';

export interface PresenceDuties {
  /** The share is back: after it, intake goes on. */
  returned(): void;
  /** It is away, or another mount came: watches stay with the mount that is gone, or with what lies below the new one. */
  moved(): Promise<void>;
}

/** Thrown where what was read may come from a share that went away meanwhile: nothing is wrong with the folder. */
export class ShareAway extends Error {}

/** What the watcher knows of its share, told once in the log when it goes and when it comes back. */
export class SharePresence {
  #loss: InboxLoss | null = null;
  #generation: number;
  /** How often the guard was asked. */
  looks = 0;

  constructor(
    private readonly guard: InboxGuard,
    private readonly clock: Clock,
    private readonly log: Logger,
    private readonly duties: PresenceDuties,
  ) {
    this.#generation = guard.generation;
  }

  /** As last seen. */
  get loss(): InboxLoss | null {
    return this.#loss;
  }

  /** Asks the guard now. */
  async isLost(): Promise<boolean> {
    this.looks += 1;
    const loss = await this.guard.check();
    const before = this.#loss;
    this.#loss = loss;
    if (loss !== null && before === null) this.log.warn('share lost, intake pauses', { code: loss.code });
    if (loss === null && before !== null) {
      this.log.info('share is back, intake goes on', { durationMs: this.clock.now() - before.since });
      this.duties.returned();
    }
    const isAnother = this.#generation !== this.guard.generation;
    this.#generation = this.guard.generation;
    if (loss !== null || isAnother) await this.duties.moved();
    return loss !== null;
  }

  /** Reads from the inbox; throws ShareAway unless the share was there, and the same, all the while. */
  async during<T>(read: () => Promise<T>, needsProof: (result: T) => boolean = () => true): Promise<T> {
    if (this.#loss !== null) throw new ShareAway();
    const { generation } = this.guard;
    const result = await read();
    if (needsProof(result) && ((await this.isLost()) || this.guard.generation !== generation)) throw new ShareAway();
    return result;
  }
}
