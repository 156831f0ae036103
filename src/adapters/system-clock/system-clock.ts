import type { Clock } from '../../ports/clock.js';
import type { EpochMs } from '../../domain/time.js';

/** Longest delay setTimeout takes (2^31 - 1 ms, 24.8 days); a longer one would fire at once. */
const LONGEST_TIMER_MS = 2_147_483_647;
const NS_PER_MS = 1e6;

/** The machine's clock. */
export class SystemClock implements Clock {
  now(): EpochMs {
    return Date.now();
  }

  monotonicMs(): number {
    return Number(process.hrtime.bigint()) / NS_PER_MS;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    let left = Math.max(0, ms);
    while (left > 0 && signal?.aborted !== true) {
      const part = Math.min(left, LONGEST_TIMER_MS);
      await timer(part, signal);
      left -= part;
    }
  }
}

/** One timer, unreferenced; the abort listener is removed with it, since a signal may outlive thousands of sleeps. */
function timer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(pending);
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const pending = setTimeout(wake, ms);
    pending.unref();
    signal?.addEventListener('abort', wake, { once: true });
  });
}
