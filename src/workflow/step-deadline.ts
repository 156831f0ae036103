import type { StepName } from '../domain/case-machine.js';
import { transient, type CaseError } from '../domain/errors.js';
import type { Clock } from '../ports/clock.js';

/*
 * No step may hold up the others for ever, whatever it waits for: a share that went away, a disk that does not answer.
 * When its time is up it is told to let go; when it does not, the manager lets go of it.
 *
 * A step that was let go of may still come to an end, much later ("zombie"). It can harm nobody:
 *   its outcome     is dropped: only the manager writes it, and nobody listens any more.
 *   its moves       of beams and receipts are guarded by attempt and version, and repeat what is written already.
 *   its files       hold the same bytes as those of the next attempt, made of the same case under the same names.
 * What it may cost is the thread of the operating system that it hangs in.
 */

const MINUTE_MS = 60_000;

/**
 * The longest a step may take; generous, since what is stopped starts over. `simulate` has limits of its own for each
 * job (engine.timeoutMinutes, engine.stallMinutes) and waits for a place as long as it takes.
 */
export const STEP_DEADLINE_MS: Readonly<Record<StepName, number>> = {
  /** 20,000 headers (intake.maxFiles) from a share that opens ten a second. */
  validate: 40 * MINUTE_MS,
  /** A CT of 2,000 slices, 1 GiB, at 1 MB/s, after a program of the site (interpretation.command.timeoutMinutes: at most 60). */
  interpret: 95 * MINUTE_MS,
  simulate: Infinity,
  /** Doses lie on our own disk: some GiB at 10 MB/s. */
  assemble: 20 * MINUTE_MS,
  /** Some hundred MiB over a line of 1 Mbit/s; what is delivered by then is not sent again. */
  upload: 60 * MINUTE_MS,
};

/** What a step gets to end by itself once it was told to let go. */
export const LET_GO_MS = 10_000;

export const stepTimeout = (step: StepName): CaseError =>
  transient('step.timeout', `${step} took longer than ${String(STEP_DEADLINE_MS[step] / MINUTE_MS)} min`, {
    remedy: 'see whether inbox, disk and upload targets answer: mqi doctor',
  });

/** How a bounded piece of work ended; `deserted`: told to let go and did not. */
export type Bounded<T> = { readonly how: 'ended'; readonly value: T } | { readonly how: 'deserted' };

export interface Bounds {
  readonly deadlineMs: number;
  /** Told to the work; aborts also when somebody else wants it to let go. */
  readonly controller: AbortController;
  /** Called when the time is up, before the work is told to let go; gives the reason for it. */
  readonly onDeadline: () => Error;
}

/** Waits for the work within its bounds. Rejects as the work does; never hangs longer than deadline + LET_GO_MS. */
export async function within<T>(clock: Clock, work: Promise<T>, bounds: Bounds): Promise<Bounded<T>> {
  const ended = new AbortController();
  const own = work.then((value): Bounded<T> => ({ how: 'ended', value }));
  const heard = (): void => {
    ended.abort();
  };
  own.then(heard, heard); // also hears of a deserted step that rejects after all, when nobody else listens
  await boundsPassed(clock, bounds, ended.signal);
  return ended.signal.aborted ? own : { how: 'deserted' };
}

/** Until the work has ended, or its time is up and it did not let go. */
async function boundsPassed(
  clock: Clock,
  { deadlineMs, controller, onDeadline }: Bounds,
  ended: AbortSignal,
): Promise<void> {
  const either = AbortSignal.any([controller.signal, ended]);
  if (deadlineMs === Infinity) await aborted(either);
  else await clock.sleep(deadlineMs, either);
  if (!either.aborted) controller.abort(onDeadline());
  await clock.sleep(LET_GO_MS, ended);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const heard = (): void => {
      resolve();
    };
    signal.addEventListener('abort', heard, { once: true });
  });
}
