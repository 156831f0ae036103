import { constants } from 'node:os';
import { operator, transient, type CaseError } from '../../domain/errors.js';
import type { JobExit } from '../../ports/scheduler.js';

/** What these signals mean when an engine ends by them. */
const MEANING: Readonly<Record<string, string>> = {
  SIGABRT: 'it gave up: mostly an error in its input',
  SIGSEGV: 'it crashed',
  SIGBUS: 'it crashed, or its disk is full',
  SIGKILL: 'killed, mostly because the machine ran out of memory',
  SIGTERM: 'stopped from outside',
};

/** The failure that an exit other than 0 means; null for 0, which proves nothing yet. */
export function judgeExit(exit: JobExit): CaseError | null {
  if (exit.how === 'vanished') return transient('engine.lost', `the engine was lost: ${exit.reason}`);
  const { code } = exit;
  if (code === 0) return null;
  // POSIX: what a shell gives for a program it did not find (127) or could not run (126).
  if (code === 126 || code === 127) {
    const why = code === 127 ? 'was not found' : 'cannot be run';
    return operator('engine.not-found', `the engine's program, or one it calls, ${why} (exit code ${String(code)})`, {
      remedy:
        'install it, or correct its name in the configuration (engine.command or engine.moqui); mqi logs ID --engine shows its name',
    });
  }
  const signal = code > 128 ? signalName(code - 128) : null;
  const words = signal === null ? '' : ` (${signal}${MEANING[signal] === undefined ? '' : `: ${MEANING[signal]}`})`;
  return transient('engine.crashed', `the engine ended with exit code ${String(code)}${words}`, {
    remedy: 'its own words: mqi logs ID --engine',
  });
}

function signalName(number: number): string | null {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? null;
}
