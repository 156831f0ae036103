import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { CaseError, transient } from '../../domain/errors.js';
import { shownText } from '../../domain/shown-text.js';
import { systemCode } from '../../files/system-code.js';
import type { JobExit, JobLimits, JobRequest, Scheduler } from '../../ports/scheduler.js';

const TAIL_BYTES = 4_096;
const LAST_LINES = 3;

interface TestJob {
  readonly onLine: (line: string) => void;
  /** What every job is held to. */
  readonly limits: JobLimits;
  /** From when it is submitted. */
  readonly longestMs: number;
  readonly signal: AbortSignal;
}

/** The end of the job, which is not left behind: one that did not begin in time, as in a full queue, is taken back. */
export async function endOfTest(
  scheduler: Scheduler,
  prepared: JobRequest,
  { onLine, limits, longestMs, signal }: TestJob,
): Promise<JobExit> {
  const job = await scheduler.submit(prepared);
  const tooLong = AbortSignal.timeout(longestMs);
  const waiting: { words: string | null } = { words: null };
  const onWaiting = (words: string | null): void => {
    waiting.words = words;
  };
  try {
    const either = AbortSignal.any([signal, tooLong]);
    return await scheduler.wait(job, { ...limits, timeoutMs: longestMs }, { onLine, onWaiting }, either);
  } catch (thrown) {
    if (!tooLong.aborted || signal.aborted) throw thrown;
    const { words } = waiting;
    throw words === null
      ? transient('doctor.too-long', 'the test beam did not end in time', { remedy: 'see what it does all the time' })
      : transient('doctor.too-long', `the test beam did not begin in time: it waits for ${words}`, {
          remedy: 'try again when the queue is shorter',
        });
  } finally {
    await scheduler.kill(job, 1_000); // nothing to do where it has ended
  }
}

/** Its folder is removed, so what it said last is said here. */
export async function withLastWords(thrown: unknown, folder: string): Promise<unknown> {
  if (!(thrown instanceof CaseError) || !thrown.code.startsWith('engine.')) return thrown;
  const said = await lastLines(join(folder, 'engine.log'));
  const message =
    said.length === 0
      ? `${thrown.message}; it wrote nothing`
      : `${thrown.message}; the last it wrote: ${said.join(' | ')}`;
  const remedy = /mqi logs ID/.test(thrown.remedy)
    ? 'mend what it says, or run the program by hand as the user of the service'
    : thrown.remedy;
  return new CaseError(thrown.severity, thrown.code, message, { cause: thrown, remedy });
}

async function lastLines(path: string): Promise<readonly string[]> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, size - buffer.length);
      const lines = buffer
        .toString('utf8', 0, bytesRead)
        .split(/[\r\n]+/)
        .map(shownText);
      return lines.filter((line) => line !== '').slice(-LAST_LINES);
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if (systemCode(thrown) === null) throw thrown;
    return []; // it did not begin, or its disk is what the failure is about
  }
}
