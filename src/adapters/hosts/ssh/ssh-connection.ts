import { execFile, spawn } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pLimit from 'p-limit';
import { CaseError } from '../../../domain/errors.js';
import type { Clock } from '../../../ports/clock.js';
import type { FileToSend } from '../../../ports/remote-files.js';
import { AgentChannel, type Answer, type Later } from './agent-channel.js';
import {
  DIRECT_AGENT,
  PRINT_ONE,
  REMOTE_COMMAND,
  RUN_ONE,
  STORE_MANY,
  STORE_ONE,
  WAITING_AGENT,
} from './agent-script.js';
import { framedFiles } from './framed-files.js';
import { afterBeginning, ownBytes } from './session-output.js';
import { remoteFailure, unreachable } from './ssh-failure.js';
import { socketFolder } from './socket-folder.js';
import { sshArguments, type SshOptions } from './ssh-options.js';
import { encodeLine, encodeWord } from './wire.js';

interface Channels {
  readonly direct: AgentChannel;
  readonly waiting: AgentChannel;
  readonly control: string;
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** sshd's MaxSessions is 10 by default: two agents, and so many beside them. */
const AT_ONCE = 6;
/** After a failed attempt the next one waits, longer each time. */
const RECONNECT_FROM_MS = 1_000;
const RECONNECT_TO_MS = 5_000;
/** Who refuses us may shut us out for knocking too often. */
const REFUSED_TO_MS = 60_000;
/** An answer that takes longer than any disk: the peer hangs, the connection is given up. */
const ANSWERED_WITHIN_MS = 60_000;
const MAX_OUTPUT = 32 * 2 ** 20;

/**
 * One connection to one machine, opened when it is needed and shared by all that is done there: OpenSSH's own
 * multiplexing, the master being the direct agent. When it is lost everything under way rejects with `host.unreachable`, and
 * the next call opens another.
 *
 * `#opening` is written by `#channels` and by the close of the very connection it holds, both on this thread.
 */
export class SshConnection {
  #opening: Promise<Channels> | null = null;
  #failure: { readonly error: CaseError; readonly untilMs: number; readonly delayMs: number } | null = null;
  readonly #sessions = pLimit(AT_ONCE);
  #closed = false;

  constructor(
    readonly options: SshOptions,
    private readonly clock: Clock,
  ) {}

  /** A call that is answered at once. @throws transient `host.unreachable` */
  async direct(operation: string, words: readonly string[]): Promise<Answer> {
    const { direct } = await this.#channels();
    const answer = direct.call(operation, words);
    const giveUp = setTimeout(() => {
      direct.close();
    }, ANSWERED_WITHIN_MS).unref();
    try {
      return await answer;
    } finally {
      clearTimeout(giveUp);
    }
  }

  /** A call that is answered later. @throws transient `host.unreachable` */
  async later(operation: string, words: readonly string[], later?: Later): Promise<Answer> {
    return (await this.#channels()).waiting.call(operation, words, later);
  }

  /** Of the far machine as it is now. */
  async bootId(): Promise<string> {
    return (await this.#channels()).direct.bootId;
  }

  /** Runs a program there to its end. @throws transient `host.unreachable`, also when it did not end within `limitMs` */
  run(argv: readonly string[], input: string, limitMs: number): Promise<RunResult> {
    const { name } = this.options;
    return this.#session(
      RUN_ONE,
      (program, args, head) =>
        new Promise((resolve, reject) => {
          const options = { timeout: limitMs, killSignal: 'SIGKILL', maxBuffer: MAX_OUTPUT } as const;
          const child = execFile(program, args, options, (failure, stdout, stderr) => {
            const end = /\nmqi-exit (\d+)\n$/.exec(stderr);
            if (end !== null)
              resolve({
                code: Number(end[1]),
                stdout: afterBeginning(stdout),
                stderr: afterBeginning(stderr.slice(0, end.index)),
              });
            else
              reject(
                unreachable(
                  name,
                  failure?.killed === true ? 'a program there did not end' : 'the connection was lost',
                  { cause: failure },
                ),
              );
          });
          child.stdin?.on('error', () => undefined); // its end says the same
          child.stdin?.end(`${head}${encodeLine(argv)}\n${input}`);
        }),
    );
  }

  /** Stores a file of ours there, under a name that nobody reads yet; its SHA-256 as it arrived. */
  send(from: string, to: string, signal: AbortSignal): Promise<string> {
    return this.#session(STORE_ONE, async (program, args, head) => {
      const child = spawn(program, args, { stdio: 'pipe', signal, killSignal: 'SIGKILL' });
      const said = this.#ended(child);
      child.stdin.write(`${head}${encodeWord(to)}\n`);
      const sending = pipeline(createReadStream(from, { highWaterMark: 1 << 20 }), child.stdin).catch(
        (thrown: unknown) => thrown,
      );
      const { stdout, stderr, code } = await said;
      signal.throwIfAborted();
      const failed = await sending;
      const sha256 = /^[0-9a-f]{64}/.exec(afterBeginning(stdout))?.[0];
      if (code === 255 || code === null)
        throw unreachable(this.options.name, 'the connection was lost', { cause: failed });
      if (code !== 0 || sha256 === undefined) throw remoteFailure(this.options.name, 'storing a file', stderr);
      return sha256;
    });
  }

  /** Stores files of ours there, each under its name once it is whole; how many did not arrive as they were sent. */
  sendMany(files: readonly FileToSend[], signal: AbortSignal): Promise<number> {
    return this.#session(STORE_MANY, async (program, args, head) => {
      const child = spawn(program, args, { stdio: 'pipe', signal, killSignal: 'SIGKILL' });
      const said = this.#ended(child);
      child.stdin.write(head);
      const sending = pipeline(Readable.from(framedFiles(files)), child.stdin).catch((thrown: unknown) => thrown);
      const { stdout, stderr, code } = await said;
      signal.throwIfAborted();
      const cause = await sending;
      if (code === 255 || code === null) throw unreachable(this.options.name, 'the connection was lost', { cause });
      if (code !== 0) throw remoteFailure(this.options.name, 'storing a file', stderr);
      return files.length - (afterBeginning(stdout).match(/^ok$/gm) ?? []).length;
    });
  }

  /** Fetches a file from there, under a name that nobody reads yet. */
  fetch(from: string, to: string, signal: AbortSignal): Promise<void> {
    return this.#session(PRINT_ONE, async (program, args, head) => {
      const child = spawn(program, args, { stdio: 'pipe', signal, killSignal: 'SIGKILL' });
      const ended = this.#ended(child, false);
      child.stdin.on('error', () => undefined); // its end says the same
      child.stdin.end(`${head}${encodeWord(from)}\n`);
      const written = pipeline(child.stdout, ownBytes, createWriteStream(to, { mode: 0o640 })).catch(
        (thrown: unknown) => thrown,
      );
      const { stderr, code } = await ended;
      const failed = await written;
      signal.throwIfAborted();
      if (code === 255 || code === null) throw unreachable(this.options.name, 'the connection was lost');
      if (code !== 0) throw remoteFailure(this.options.name, 'fetching a file', stderr);
      if (failed !== undefined) throw failed as Error;
    });
  }

  close(): void {
    this.#closed = true;
    void this.#opening?.then(
      ({ direct, waiting }) => {
        waiting.close();
        direct.close();
      },
      () => undefined,
    );
  }

  /** A session of its own over the shared connection, when its turn has come. */
  #session<T>(script: string, use: (program: string, args: readonly string[], head: string) => Promise<T>): Promise<T> {
    return this.#sessions(async () => {
      const { control } = await this.#channels();
      const args = [...sshArguments(this.options, control, 'guest'), REMOTE_COMMAND];
      return use(this.options.program ?? 'ssh', args, `${encodeWord(script)}\n`);
    });
  }

  #channels(): Promise<Channels> {
    if (this.#closed) return Promise.reject(unreachable(this.options.name, 'the service stops'));
    if (this.#opening !== null) return this.#opening;
    if (this.#failure !== null && this.clock.monotonicMs() < this.#failure.untilMs)
      return Promise.reject(this.#failure.error);
    const opening = this.#open();
    this.#opening = opening;
    opening.then(
      ({ direct, waiting, control }) => {
        this.#failure = null;
        const gone = (): void => {
          if (this.#opening === opening) this.#opening = null;
          direct.close();
          waiting.close();
          void rm(join(control, '..'), { recursive: true, force: true });
        };
        direct.onClose(gone);
        waiting.onClose(gone);
      },
      (thrown: unknown) => {
        if (this.#opening === opening) this.#opening = null;
        if (!(thrown instanceof CaseError)) return;
        const longestMs = thrown.severity === 'operator' ? REFUSED_TO_MS : RECONNECT_TO_MS;
        const delayMs = Math.min(longestMs, (this.#failure?.delayMs ?? RECONNECT_FROM_MS / 2) * 2);
        this.#failure = { error: thrown, delayMs, untilMs: this.clock.monotonicMs() + delayMs };
      },
    );
    return opening;
  }

  async #open(): Promise<Channels> {
    const folder = await mkdtemp(socketFolder(tmpdir()));
    const control = join(folder, 'c');
    try {
      const direct = await AgentChannel.open(this.options, control, { role: 'master', script: DIRECT_AGENT });
      try {
        const waiting = await AgentChannel.open(this.options, control, { role: 'guest', script: WAITING_AGENT });
        return { direct, waiting, control };
      } catch (thrown) {
        direct.close();
        throw thrown;
      }
    } catch (thrown) {
      await rm(folder, { recursive: true, force: true });
      throw thrown;
    }
  }

  #ended(
    child: ReturnType<typeof spawn>,
    keepOutput = true,
  ): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
    return new Promise((resolve, reject) => {
      let stdout = '';
      let stderr = '';
      if (keepOutput)
        child.stdout?.on('data', (bytes: Buffer) => {
          stdout += bytes.toString('latin1');
        });
      child.stderr?.on('data', (bytes: Buffer) => {
        stderr = (stderr + bytes.toString('utf8')).slice(-2000);
      });
      child.once('error', reject);
      child.once('close', (code) => {
        resolve({ code, stdout, stderr });
      });
    });
  }
}
