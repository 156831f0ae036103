import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { CaseError } from '../../../domain/errors.js';
import { GREETING, REMOTE_COMMAND } from './agent-script.js';
import { sshArguments, type SshOptions } from './ssh-options.js';
import { connectFailure, loginFailure, unreachable } from './ssh-failure.js';
import { encodeLine, encodeWord } from './wire.js';

/** `ok`, `none`, `failed`, or a word of the operation's own, and what goes with it. */
export interface Answer {
  readonly status: string;
  /** Base64, or words of the operation's own; `NO_PAYLOAD` where nothing goes with it. */
  readonly payload: string;
}

/** What stands for nothing on a line of the agent; an empty word is none, but what is left of an answer that broke off. */
export const NO_PAYLOAD = '-';

interface Pending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: CaseError) => void;
}

/** What becomes of a call after its answer. */
export interface Later {
  /** The `end` of this call came. */
  readonly onEnd: () => void;
  /** The connection was lost before: nobody will tell any more. */
  readonly onLost?: () => void;
}

const GREETED_WITHIN_MS = 20_000;
/** Of stderr, for the reason a connection failed. */
const KEPT_ERRORS = 2_000;

/**
 * An ssh process with the agent at its far end. Calls are answered by number; a lost connection rejects all that are open
 * with transient `host.unreachable`: what became of them is not known. One object, one connection: it is never reopened.
 */
export class AgentChannel {
  readonly #pending = new Map<string, Pending>();
  readonly #later = new Map<string, Later>();
  #next = 0;
  #lost: CaseError | null = null;
  #errors = '';
  #onClose: () => void = () => undefined;
  /** The boot of the far machine. */
  bootId = '';

  private constructor(
    name: string,
    private readonly child: ChildProcessWithoutNullStreams,
  ) {
    child.stderr.on('data', (bytes: Buffer) => {
      this.#errors = (this.#errors + bytes.toString('utf8')).slice(-KEPT_ERRORS);
    });
    child.stdin.on('error', () => undefined); // the end of the process says the same
    child.once('error', (cause) => {
      this.#close(unreachable(name, 'the ssh program could not be started', { cause }));
    });
    child.once('close', (code) => {
      const failure = this.bootId === '' ? loginFailure(name, this.#errors, code) : connectFailure(name, this.#errors);
      this.#close(failure);
    });
  }

  /** @throws operator `host.key-unknown`, `host.auth`; transient `host.unreachable` */
  static async open(
    options: SshOptions,
    control: string,
    { role, script }: { readonly role: 'master' | 'guest'; readonly script: string },
  ): Promise<AgentChannel> {
    const argv = [...sshArguments(options, control, role), REMOTE_COMMAND];
    const child = spawn(options.program ?? 'ssh', argv, { stdio: 'pipe' });
    // It ends when we do, by the end of its input; it is no reason to live on.
    child.unref();
    for (const end of [child.stdin, child.stdout, child.stderr]) if (end instanceof Socket) end.unref();
    const channel = new AgentChannel(options.name, child);
    child.stdin.write(`${encodeWord(script)}\n`);
    await channel.#greeted();
    return channel;
  }

  /**
   * @param later told once, after the answer
   * @throws transient `host.unreachable` when the connection is lost first
   */
  call(operation: string, words: readonly string[], later?: Later): Promise<Answer> {
    if (this.#lost !== null) return Promise.reject(this.#lost);
    const id = String(this.#next++);
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      if (later !== undefined) this.#later.set(id, later);
      this.child.stdin.write(`${id} ${operation}${words.length === 0 ? '' : ` ${encodeLine(words)}`}\n`);
    });
  }

  onClose(callback: () => void): void {
    this.#onClose = callback;
    if (this.#lost !== null) callback();
  }

  close(): void {
    this.child.stdin.end();
    this.child.kill('SIGTERM');
  }

  #greeted(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.child.kill('SIGKILL');
      }, GREETED_WITHIN_MS);
      const greeted = (boot: string): void => {
        clearTimeout(timer);
        this.bootId = boot;
        this.#pending.delete(GREETING);
        resolve();
      };
      const failed = (error: CaseError): void => {
        clearTimeout(timer);
        reject(error);
      };
      this.#pending.set(GREETING, {
        resolve: ({ status }) => {
          greeted(status);
        },
        reject: failed,
      });
      createInterface({ input: this.child.stdout }).on('line', (line) => {
        this.#answered(line);
      });
    });
  }

  /** What a login prints of its own is no answer: it names no call. */
  #answered(line: string): void {
    const [id = '', status = '', payload = ''] = line.split(' ');
    const answer = { status, payload };
    const pending = this.#pending.get(id);
    if (pending !== undefined) {
      this.#pending.delete(id);
      if (status === 'failed') this.#later.delete(id);
      pending.resolve(answer);
    } else if (status === 'end') {
      this.#later.get(id)?.onEnd();
      this.#later.delete(id);
    }
  }

  #close(error: CaseError): void {
    if (this.#lost !== null) return;
    this.#lost = error;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    const later = [...this.#later.values()];
    this.#later.clear();
    for (const { onLost } of later) onLost?.();
    this.#onClose();
  }
}
