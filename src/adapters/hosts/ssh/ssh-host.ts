import { operator, toCaseError, type CaseError } from '../../../domain/errors.js';
import type { Clock } from '../../../ports/clock.js';
import type { CommandEnd, DetachedStart, Host, ProcessIdentity } from '../../../ports/host.js';
import type { RemoteFiles } from '../../../ports/remote-files.js';
import { JobProcesses } from '../job-processes.js';
import type { Answer } from './agent-channel.js';
import { SshConnection } from './ssh-connection.js';
import { remoteFailure } from './ssh-failure.js';
import type { SshOptions } from './ssh-options.js';
import { SshFiles } from './ssh-files.js';
import { SshProcesses } from './ssh-processes.js';
import { answerOf } from './remote-answer.js';

/** The agent's watch looks in tenths of a second. */
const TENTH_MS = 100;

/**
 * A machine reached by OpenSSH. Linux with a POSIX shell and the core utilities; nothing of ours is installed there. Each
 * call rejects with transient `host.unreachable` while there is no connection; what runs there runs on.
 *
 * A call whose answer was lost may have been done: the scheduler's files say so (schedulers/direct-scheduler.ts), as they
 * do after a crash of ours.
 */
export class SshHost implements Host {
  readonly #connection: SshConnection;
  readonly #jobs: JobProcesses;
  readonly files: RemoteFiles;
  /** Watches go another way than looks: a look that was asked for after one waits until it is there. */
  #armed: Promise<unknown> = Promise.resolve();

  constructor(options: SshOptions, clock: Clock) {
    this.#connection = new SshConnection(options, clock);
    this.files = new SshFiles(this.#connection);
    this.#jobs = new JobProcesses(new SshProcesses(this.#connection));
  }

  get name(): string {
    return this.#connection.options.name;
  }

  /** Resolves when it answers. @throws transient `host.unreachable`; operator `host.auth`, `host.key-unknown` */
  async reach(): Promise<void> {
    await this.#connection.direct('ping', []);
  }

  async startDetached(start: DetachedStart, onExit: () => void): Promise<ProcessIdentity> {
    // env(1) would take it for a variable and run what follows it.
    if (start.argv[0]?.includes('=') === true) throw badProgram();
    const variables = Object.entries(start.env).map(([name, value]) => `${name}=${value}`);
    const words = [start.folder, start.logName, ...variables, ...start.argv];
    const answer = await this.#connection.later('start', words, { onEnd: onExit });
    const [pid = '', startTicks = '', bootId = ''] = answer.payload.split(',');
    if (answer.status !== 'ok' || !/^[1-9]\d*$/.test(pid)) throw remoteFailure(this.name, 'starting a job', '');
    return { pid: Number(pid), startTicks, bootId, folder: start.folder };
  }

  async isAlive(identity: ProcessIdentity): Promise<boolean> {
    await this.#armed;
    return this.#jobs.isAlive(identity);
  }

  cpuSeconds(identity: ProcessIdentity): Promise<number | null> {
    return this.#jobs.cpuSeconds(identity);
  }

  signalGroup(identity: ProcessIdentity, signal: 'SIGTERM' | 'SIGKILL'): Promise<boolean> {
    return this.#jobs.signalGroup(identity, signal);
  }

  async folderChanged(folder: string, maxMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const tenths = String(Math.max(1, Math.ceil(maxMs / TENTH_MS)));
    await new Promise<void>((resolve) => {
      const armed = this.#connection.later('changed', [folder, tenths], { onEnd: resolve, onLost: resolve }).then(
        () => undefined,
        () => {
          resolve(); // a lost connection is a change too: who waits then looks, and hears of it
        },
      );
      this.#armed = Promise.all([this.#armed, armed]).then(() => undefined);
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
    });
  }

  async readText(path: string): Promise<string | null> {
    const bytes = await this.readFrom(path, 0, MAX_TEXT);
    return bytes?.toString('utf8') ?? null;
  }

  async readFrom(path: string, offset: number, maxBytes: number): Promise<Buffer | null> {
    const words = [path, String(offset + 1), String(maxBytes)];
    await this.#armed;
    return this.#done(await this.#connection.direct('read', words), 'reading a file of a job');
  }

  async createExclusive(path: string, text: string): Promise<boolean> {
    const answer = await this.#connection.direct('create', [path, text]);
    return this.#done(answer, 'writing a file of a job') !== null;
  }

  async makeFolder(path: string): Promise<void> {
    this.#done(await this.#connection.direct('mkdir', [path]), 'making the folder of a job');
  }

  async run(argv: readonly string[], limitMs: number): Promise<CommandEnd> {
    try {
      const { code, stdout, stderr } = await this.#connection.run(argv, '', limitMs);
      if (code === NOT_FOUND && /not found/.test(stderr)) return { how: 'not-found' };
      return { how: 'exited', code, stdout, stderr };
    } catch (thrown) {
      return { how: 'broken', reason: toCaseError(thrown).message };
    }
  }

  close(): void {
    this.#connection.close();
  }

  /** What was printed; null for `none`. */
  #done(answer: Answer, doing: string): Buffer | null {
    if (answer.status === 'none') return null;
    const { code, output } = answerOf(answer);
    if (code !== 0) throw remoteFailure(this.name, doing, output.toString('utf8'));
    return output;
  }
}

const badProgram = (): CaseError =>
  operator('engine.bad-program', 'the name of a program that is to run on another host contains an equals sign', {
    remedy: 'rename the program, mend the configuration, then: mqi resume ID',
  });

/** Files of a job that are read whole are small: its intent, its claim, its exit code. */
const MAX_TEXT = 1 << 20;

/** How a shell says that there is no such program. */
const NOT_FOUND = 127;
