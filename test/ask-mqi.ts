import 'reflect-metadata';
import { Container } from 'typedi';
import type { PortSource } from '../src/cli/command-context.js';
import { runProgram } from '../src/cli/run-program.js';
import { buildContainer } from '../src/container.js';
import { Logger } from '../src/ports/logger.js';

/** Each question takes some 25 ms of processor time, twice as long where others run: whoever waits for an answer asks so often. */
export const ASK_EVERY_MS = 250;

/** What a command of the command line gave: its exit code, and what it wrote. */
export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command that only looks, with the product's own code and its real ports, in this process: what `mqi ARGV` prints,
 * without the second of processor time that a process of its own takes to start. Tests that wait ask many times, and so
 * took from the service they waited for what it needed itself. What changes something goes through the real program.
 */
export async function askMqi(argv: readonly string[]): Promise<Answer> {
  const written = { stdout: '', stderr: '' };
  const built: ReturnType<typeof buildContainer>[] = [];
  const code = await runProgram(argv, {
    terminal: {
      out: (text) => void (written.stdout += text),
      err: (text) => void (written.stderr += text),
      columns: Infinity,
      interactive: false,
    },
    signal: NEVER,
    actor: 'cli:tester',
    cwd: process.cwd(),
    readSecret: () => Promise.reject(new Error('a command that only looks asks for no password')),
    env: process.env,
    now: Date.now,
    wiring: {
      build: (settings): Promise<PortSource> => {
        const container = buildContainer(settings);
        built.push(container);
        return Promise.resolve(container);
      },
      runService: () => Promise.reject(new Error('a service is a process of its own')),
    },
  });
  for (const container of built) {
    await container.get(Logger).close();
    Container.reset(container.id);
  }
  return { code, ...written };
}

const NEVER = new AbortController().signal;
