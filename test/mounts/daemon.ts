import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { until } from '../until.js';

/** A server or a mounting program that runs in the foreground beside a test, ended by its process id. */
export class Daemon {
  readonly #child: ChildProcess;
  #said = '';
  #ended = false;
  /** When the tests are broken off; a FUSE program that is asked to end unmounts. */
  readonly #endAtExit = (): void => {
    this.#child.kill('SIGTERM');
  };

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    // In a process group of its own, since smbd ends all of its group when it ends.
    this.#child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const note = (text: Buffer): void => {
      this.#said += text.toString();
    };
    this.#child.stdout?.on('data', note);
    this.#child.stderr?.on('data', note);
    this.#child.on('error', (thrown) => {
      this.#said += thrown.message;
      this.#ended = true;
    });
    this.#child.on('exit', () => (this.#ended = true));
    process.once('exit', this.#endAtExit);
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Resolves once the condition holds; rejects with what the program said when it ended before that, or after 20 s. */
  async ready(what: string, condition: () => boolean | Promise<boolean>, everyMs?: number): Promise<void> {
    await until(what, async () => this.#ended || (await condition()), undefined, everyMs).catch((thrown: unknown) => {
      throw new Error(`${String(thrown)} ${this.#said.trim()}`);
    });
    if (this.#ended) throw new Error(`${this.#child.spawnfile} ended: ${this.#said.trim()}`);
  }

  /** Nothing where it has ended. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves when the process has ended: by itself within the time given, else asked to, else made to. */
  async end(byItselfMs = 0): Promise<void> {
    process.off('exit', this.#endAtExit);
    for (const [signal, afterMs] of [
      ['SIGTERM', byItselfMs],
      ['SIGKILL', 5_000],
    ] as const) {
      if (this.#ended) return;
      await until('it ends', () => this.#ended, afterMs).catch(() => this.#child.kill(signal));
    }
    if (!this.#ended) await once(this.#child, 'exit');
  }
}
