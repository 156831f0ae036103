import { readFileSync } from 'node:fs';

const EVERY_MS = 5;
/** So much waiting between two looks at the time is none. */
const NO_WAIT_MS = 0.5;
const TRIES = 3;

/** Of one look. */
interface Instant {
  readonly atMs: number;
  readonly waitedMs: number;
}

/**
 * Watches how long the event loop of this thread is kept from turning by work or blocking calls of its own. What the thread
 * waited for a processor (a machine that is busy with other things) does not count, where the system tells it.
 */
export class LoopBlocks {
  #longestMs = 0;
  #last: Instant = { atMs: 0, waitedMs: 0 };
  #timer: NodeJS.Timeout | null = null;

  start(): void {
    this.#last = instant();
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
    const now = instant();
    const blockedMs = now.atMs - this.#last.atMs - EVERY_MS - (now.waitedMs - this.#last.waitedMs);
    this.#longestMs = Math.max(this.#longestMs, blockedMs);
    this.#last = now;
  }
}

/** Longest block while the work is done, ms: the least of several tries. */
export function longestBlockMs(enoughMs: number, work: (turn: number) => Promise<unknown>): Promise<number> {
  return leastOf(enoughMs, async (turn) => {
    const blocks = new LoopBlocks();
    blocks.start();
    let longestMs: number;
    try {
      await work(turn);
    } finally {
      longestMs = blocks.stop();
    }
    return longestMs;
  });
}

/**
 * Measures again, three times at most, while the least is more than `enough`: a collection of garbage whose threads wait for
 * a processor may hold the work up once, what the work itself does comes each time.
 */
export async function leastOf(enough: number, measure: (turn: number) => Promise<number>): Promise<number> {
  let least = Infinity;
  for (let turn = 0; turn < TRIES && least > enough; turn += 1) least = Math.min(least, await measure(turn));
  return least;
}

/** The time and the waiting until then: none between the two, or it would be taken for a block at the next look. */
function instant(): Instant {
  for (;;) {
    const before = waitedForProcessorMs();
    const atMs = performance.now();
    const waitedMs = waitedForProcessorMs();
    if (waitedMs - before < NO_WAIT_MS) return { atMs, waitedMs };
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
