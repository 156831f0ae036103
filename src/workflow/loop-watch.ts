import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Inject, Service } from 'typedi';
import { LOOP_RESOLUTION_MS, loopDelayMs } from '../domain/loop-delay.js';
import { Clock } from '../ports/clock.js';
import { Logger } from '../ports/logger.js';

const LOOK_EVERY_MS = 10_000;
/** Our own work never takes longer at a stretch: parsing, hashing and doses go to worker threads. */
const LONGEST_MS = 100;
/** One look may be the machine's fault (swapping, a suspended laptop); so many in a row are ours. */
const LOOKS = 3;

/** Decides from the longest delay of each look when to say that the event loop is held up: once each time it begins. */
export function loopAlarm(looks = LOOKS, longestMs = LONGEST_MS): (delayMs: number) => boolean {
  let inARow = 0;
  return (delayMs) => {
    inARow = delayMs > longestMs ? inARow + 1 : 0;
    return inARow === looks;
  };
}

/** Says so in the log when something keeps the event loop from its work again and again. */
@Service()
export class LoopWatch {
  constructor(
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Logger) private readonly log: Logger,
  ) {}

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const delay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
    const isHeldUp = loopAlarm();
    delay.enable();
    while (!signal.aborted) {
      await this.clock.sleep(LOOK_EVERY_MS, signal);
      const durationMs = Math.round(loopDelayMs(delay.max));
      delay.reset();
      if (isHeldUp(durationMs)) this.log.warn('event loop held up again and again', { durationMs });
    }
    delay.disable();
  }
}
