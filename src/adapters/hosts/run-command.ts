import { spawn, type ChildProcess } from 'node:child_process';
import type { CommandEnd } from '../../ports/host.js';
import { errorCode } from './host-failure.js';
import { notStarted } from './not-started.js';

const MOST_OUTPUT_BYTES = 1 << 20;

/**
 * A short command in a session of its own, so that what it starts can be ended with it. Its time limit holds also when it
 * cannot be killed, or when a child of its keeps the output open: then it answers without them.
 */
export function runCommand(
  [program = '', ...args]: readonly string[],
  environment: Readonly<Record<string, string>>,
  limitMs: number,
): Promise<CommandEnd> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...environment, LC_ALL: 'C' },
    });
    const gone = new Promise<void>((ended) => {
      child.once('exit', () => {
        ended();
      });
      child.once('error', () => {
        ended();
      });
    });
    const answer = (end: CommandEnd): void => {
      clearTimeout(timer);
      // Whatever holds the other ends: nobody listens any more.
      child.stdout.destroy();
      child.stderr.destroy();
      resolve(end);
    };
    const timer = setTimeout(() => {
      killGroup(child);
      child.unref();
      answer({ how: 'too-late', gone });
    }, limitMs);
    const output = collected(child, () => {
      killGroup(child);
      answer({ how: 'broken', reason: 'its output had no end' });
    });
    child.once('error', (failure) => {
      answer(notStarted(errorCode(failure), program, environment['PATH']));
    });
    child.once('close', (code, signal) => {
      answer(
        code === null
          ? { how: 'broken', reason: `it was ended by ${signal ?? 'a signal'}` }
          : { how: 'exited', code, stdout: output.stdout(), stderr: output.stderr() },
      );
    });
  });
}

function collected(
  { stdout, stderr }: ChildProcess,
  onTooMuch: () => void,
): { readonly stdout: () => string; readonly stderr: () => string } {
  let bytes = 0;
  const keep = (stream: NodeJS.ReadableStream | null): (() => string) => {
    const parts: Buffer[] = [];
    stream?.on('data', (part: Buffer) => {
      bytes += part.length;
      if (bytes > MOST_OUTPUT_BYTES) onTooMuch();
      else parts.push(part);
    });
    return () => Buffer.concat(parts).toString('utf8');
  };
  return { stdout: keep(stdout), stderr: keep(stderr) };
}

/** The command leads a session and group of its own, which nobody else can have while it has not been collected. */
function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // ESRCH: it ended in this moment.
  }
}
