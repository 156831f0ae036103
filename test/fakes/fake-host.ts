import type { CommandEnd, DetachedStart, Host, ProcessIdentity } from '../../src/ports/host.js';

interface FakeProcess {
  readonly identity: ProcessIdentity;
  readonly start: DetachedStart;
  readonly onExit: () => void;
  alive: boolean;
  cpuSeconds: number;
}

/**
 * A machine in memory: files by path, processes that end when the test (or a signal) says so. What a scheduler's wrapper
 * would write, the test writes with `write`. test/contract/host.test.ts runs against this and LocalHost.
 */
export class FakeHost implements Host {
  readonly files = new Map<string, string>();
  readonly processes: FakeProcess[] = [];
  readonly signals: string[] = [];
  bootId = 'boot-1';
  /** Set: starting fails with this. */
  startFailure: Error | null = null;
  /** Called with each start, before it returns. */
  onStart: (process: FakeProcess) => void = () => undefined;
  /** Signals that processes ignore. */
  ignores: readonly string[] = [];
  /** Commands run so far, and what they answer; by default there is no such program. */
  readonly commands: (readonly string[])[] = [];
  answers: (argv: readonly string[]) => CommandEnd | Promise<CommandEnd> = () => ({ how: 'not-found' });
  readonly #watchers = new Set<{ readonly folder: string; readonly changed: () => void }>();

  constructor(readonly name = 'local') {}

  startDetached(start: DetachedStart, onExit: () => void): Promise<ProcessIdentity> {
    if (this.startFailure !== null) return Promise.reject(this.startFailure);
    const pid = 1000 + this.processes.length;
    const identity = { pid, startTicks: String(pid * 7), bootId: this.bootId, folder: start.folder };
    const process: FakeProcess = { identity, start, onExit, alive: true, cpuSeconds: 0 };
    this.processes.push(process);
    this.onStart(process);
    return Promise.resolve(identity);
  }

  isAlive(identity: ProcessIdentity): Promise<boolean> {
    return Promise.resolve(this.#find(identity)?.alive ?? false);
  }

  cpuSeconds(identity: ProcessIdentity): Promise<number | null> {
    const process = this.#find(identity);
    return Promise.resolve(process?.alive === true ? process.cpuSeconds : null);
  }

  signalGroup(identity: ProcessIdentity, signal: 'SIGTERM' | 'SIGKILL'): Promise<boolean> {
    const process = this.#find(identity);
    if (process?.alive !== true) return Promise.resolve(false);
    this.signals.push(signal);
    if (!this.ignores.includes(signal)) this.#end(process);
    return Promise.resolve(true);
  }

  folderChanged(folder: string, maxMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#watchers.delete(watcher);
        resolve();
      };
      const watcher = { folder, changed: end };
      const timer = setTimeout(end, maxMs);
      this.#watchers.add(watcher);
      if (signal.aborted) end();
      else signal.addEventListener('abort', end, { once: true });
    });
  }

  async run(argv: readonly string[]): Promise<CommandEnd> {
    this.commands.push(argv);
    return await this.answers(argv);
  }

  readText(path: string): Promise<string | null> {
    return Promise.resolve(this.files.get(path) ?? null);
  }

  readFrom(path: string, offset: number, maxBytes: number): Promise<Buffer | null> {
    const text = this.files.get(path);
    return Promise.resolve(text === undefined ? null : Buffer.from(text).subarray(offset, offset + maxBytes));
  }

  createExclusive(path: string, text: string): Promise<boolean> {
    if (this.files.has(path)) return Promise.resolve(false);
    this.write(path, text);
    return Promise.resolve(true);
  }

  makeFolder(): Promise<void> {
    return Promise.resolve();
  }

  /** Writes or replaces a file, as a process would. */
  write(path: string, text: string): void {
    this.files.set(path, text);
    for (const { folder, changed } of [...this.#watchers]) if (path.startsWith(`${folder}/`)) changed();
  }

  /** Adds to a file, as a process would. */
  append(path: string, text: string): void {
    this.write(path, (this.files.get(path) ?? '') + text);
  }

  /** Ends the process whose identity this is, as if it ended by itself. */
  end(identity: ProcessIdentity): void {
    const process = this.#find(identity);
    if (process !== undefined) this.#end(process);
  }

  #end(process: FakeProcess): void {
    process.alive = false;
    process.onExit();
  }

  #find({ pid, startTicks, bootId }: ProcessIdentity): FakeProcess | undefined {
    return this.processes.find(
      ({ identity }) =>
        bootId === this.bootId &&
        identity.pid === pid &&
        identity.startTicks === startTicks &&
        identity.bootId === bootId,
    );
  }
}
