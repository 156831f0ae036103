/**
 * One thing at a time, in the order asked for: what a single connection needs whose callers do not know of each other.
 * A failed one does not stop those after it.
 */
export class WorkQueue {
  #tail: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /** Resolves when everything asked for so far has ended. */
  async idle(): Promise<void> {
    await this.#tail;
  }
}
