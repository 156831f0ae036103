import type { InboxGuard, InboxLoss, InboxSurvey } from '../../src/ports/inbox-guard.js';

/** An inbox that is there until a test takes it away. */
export class FakeInboxGuard implements InboxGuard {
  generation = 0;
  /** Of a path that cannot be listed at all. */
  surveyError: Error | null = null;
  /** What a survey tells. */
  fileSystem: string | null = 'ext4';
  /** What it is said to have been lost, since whenever. */
  lostMs = 0;
  #loss: InboxLoss | null = null;

  /** At this time, by whatever clock the test holds. */
  lose(since = 0, because = 'it cannot be listed (EIO)'): void {
    if (this.#loss === null) this.generation += 1;
    this.#loss = { since, code: 'EIO', because };
  }

  bringBack(): void {
    this.#loss = null;
  }

  lostMsSince(): number {
    return this.lostMs;
  }

  check(): Promise<InboxLoss | null> {
    return Promise.resolve(this.#loss);
  }

  survey(): Promise<InboxSurvey> {
    if (this.surveyError !== null) return Promise.reject(this.surveyError);
    return Promise.resolve({
      loss: this.#loss,
      mode: 'events',
      modeBecause: 'it is a fake',
      fileSystem: this.fileSystem,
      entries: 0,
      listingMs: 0,
    });
  }
}
