import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../../config/environment.js';
import { PAGE_LINE } from '../start-command.js';

const PROGRAM = fileURLToPath(new URL('../../cli.js', import.meta.url));
/** The service lets go within 5 s of SIGTERM. */
const KILL_AFTER_MS = 10_000;
const KEPT_LINES = 5;

/** `mqi start` as a child process. */
export class ServiceProcess {
  /** Address of its page, once it has said so. */
  page: string | null = null;
  readonly lastLines: string[] = [];
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;

  constructor(args: readonly string[], env: Environment) {
    this.#child = spawn(process.execPath, [PROGRAM, 'start', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#exited = once(this.#child, 'exit');
    this.#readLines();
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  ended(): Promise<unknown> {
    return this.#exited;
  }

  /** Resolves when the process is gone. */
  async stop(): Promise<void> {
    if (!this.running) return;
    this.#child.kill('SIGTERM');
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), KILL_AFTER_MS);
    await this.#exited;
    clearTimeout(kill);
  }

  #readLines(): void {
    const { stdout, stderr } = this.#child;
    if (stdout === null || stderr === null) return;
    createInterface(stdout).on('line', (line) => {
      if (line.startsWith(PAGE_LINE)) this.page = line.slice(PAGE_LINE.length);
    });
    createInterface(stderr).on('line', (line) => {
      this.lastLines.push(line);
      if (this.lastLines.length > KEPT_LINES) this.lastLines.shift();
    });
  }
}
