import { readFileSync } from 'node:fs';

const EVERY_MS = 5;

/**
 * Watches how long the event loop of this thread is kept from turning by work or blocking calls of its own. What the thread
 * waited for a processor (a machine that is busy with other things) does not count, where the system tells it.
 */
export class LoopBlocks {
  #longestMs = 0;
  #last = { atMs: 0, waitedMs: 0 };
  #timer: NodeJS.Timeout | null = null;

  start(): void {
    this.#last = { atMs: performance.now(), waitedMs: waitedForProcessorMs() };
    this.#timer = setInterval(() => {
      this.#look();
    }, EVERY_MS);
  }

  /** The longest block so far, ms. */
  stop(): number {
    clearInterval(this.#timer ?? undefined);
    this.#look();
    return this.#longestMs;
  }

  #look(): void {
    const now = { atMs: performance.now(), waitedMs: waitedForProcessorMs() };
    const blockedMs = now.atMs - this.#last.atMs - EVERY_MS - (now.waitedMs - this.#last.waitedMs);
    this.#longestMs = Math.max(this.#longestMs, blockedMs);
    this.#last = now;
  }
}

/** /proc/PID/task/TID/schedstat: time on a processor, time ready to run but without one (both ns), turns. */
function waitedForProcessorMs(): number {
  const pid = String(process.pid);
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0; // a kernel that does not tell
  }
}
