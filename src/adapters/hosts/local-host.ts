import { spawn } from 'node:child_process';
import { closeSync, openSync, watch, type FSWatcher } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CaseError, operator } from '../../domain/errors.js';
import type { CommandEnd, DetachedStart, Host, ProcessIdentity } from '../../ports/host.js';
import { createExclusive } from './exclusive-file.js';
import { errorCode, hostFailure } from './host-failure.js';
import { JOB_FOLDER, JobProcesses } from './job-processes.js';
import { LocalProcesses } from './local-processes.js';
import { anyProcess } from './proc-stat.js';
import { runCommand } from './run-command.js';
import { makeFolders } from '../../files/make-folders.js';

/** What a job sees of our environment: no secret of the service, all that a program and its GPU libraries need. */
const KEPT_VARIABLES =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_.*|TZ|TMPDIR|LD_LIBRARY_PATH|CUDA_(HOME|PATH|DEVICE_ORDER))$/;

/** How often a folder is looked at that cannot be watched (no inotify watch left, no such file system support). */
const UNWATCHED_LOOK_MS = 500;

/** This machine. Linux: processes are told by /proc. */
export class LocalHost implements Host {
  readonly #table = new LocalProcesses();
  readonly #jobs = new JobProcesses(this.#table);

  constructor(readonly name = 'local') {}

  async startDetached(start: DetachedStart, onExit: () => void): Promise<ProcessIdentity> {
    if (this.#table.boot === null) {
      throw operator('host.no-proc', 'this system has no /proc, by which jobs are found again after a restart', {
        remedy: 'run the service on Linux, or the jobs on a Linux host',
      });
    }
    const [program = '', ...args] = start.argv;
    const { folder } = start;
    const log = this.#openLog(join(folder, start.logName));
    try {
      const child = spawn(program, args, {
        cwd: folder,
        detached: true,
        stdio: ['ignore', log, log],
        env: { ...keptEnvironment(), ...start.env, [JOB_FOLDER]: folder },
      });
      const failed = new Promise<never>((_, reject) => {
        child.once('error', reject);
      });
      child.once('exit', onExit);
      child.unref();
      // Before we return to the event loop an ended child cannot have been collected: this is our process, surely.
      const pid = child.pid;
      const stat = pid === undefined ? null : anyProcess(pid);
      if (pid === undefined || stat === null) return await failed;
      failed.catch(() => undefined); // once started, the only errors are of signals and messages we never send through it
      return { pid, startTicks: stat.startTicks, bootId: this.#table.boot, folder };
    } catch (thrown) {
      throw startFailure(thrown);
    } finally {
      closeSync(log);
    }
  }

  isAlive(identity: ProcessIdentity): Promise<boolean> {
    return this.#jobs.isAlive(identity);
  }

  cpuSeconds(identity: ProcessIdentity): Promise<number | null> {
    return this.#jobs.cpuSeconds(identity);
  }

  signalGroup(identity: ProcessIdentity, signal: 'SIGTERM' | 'SIGKILL'): Promise<boolean> {
    return this.#jobs.signalGroup(identity, signal);
  }

  folderChanged(folder: string, maxMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const watcher = watchOrNull(folder, () => {
        end();
      });
      const longest = watcher === null ? Math.min(maxMs, UNWATCHED_LOOK_MS) : maxMs;
      const timer = setTimeout(() => {
        end();
      }, longest);
      timer.unref();
      const end = (): void => {
        clearTimeout(timer);
        watcher?.close();
        signal.removeEventListener('abort', end);
        resolve();
      };
      watcher?.on('error', end);
      signal.addEventListener('abort', end, { once: true });
    });
  }

  run(argv: readonly string[], limitMs: number): Promise<CommandEnd> {
    return runCommand(argv, keptEnvironment(), limitMs);
  }

  async readText(path: string): Promise<string | null> {
    try {
      return await readFile(path, 'utf8');
    } catch (thrown) {
      return noSuchFile(thrown, 'reading a file of a job');
    }
  }

  async readFrom(path: string, offset: number, maxBytes: number): Promise<Buffer | null> {
    try {
      const file = await open(path, 'r');
      try {
        const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(maxBytes, (await file.stat()).size - offset)));
        const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
        return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    } catch (thrown) {
      return noSuchFile(thrown, 'reading the output of a job');
    }
  }

  async createExclusive(path: string, text: string): Promise<boolean> {
    try {
      return await createExclusive(path, text);
    } catch (thrown) {
      throw hostFailure(thrown, 'writing a file of a job');
    }
  }

  async makeFolder(path: string): Promise<void> {
    try {
      await makeFolders(path);
    } catch (thrown) {
      throw hostFailure(thrown, 'making the folder of a job');
    }
  }

  #openLog(path: string): number {
    try {
      return openSync(path, 'a', 0o640);
    } catch (thrown) {
      throw hostFailure(thrown, 'opening the log of a job');
    }
  }
}

function keptEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => KEPT_VARIABLES.test(name)));
}

/** Null where the folder cannot be watched: then it is looked at by time. */
function watchOrNull(folder: string, onChange: () => void): FSWatcher | null {
  try {
    return watch(folder, { persistent: false }, onChange);
  } catch {
    return null; // ENOSPC, EMFILE (no watch left), ENOENT, or a file system without events
  }
}

function startFailure(thrown: unknown): CaseError {
  if (thrown instanceof CaseError) return thrown;
  if (errorCode(thrown) !== 'ENOENT') return hostFailure(thrown, 'starting a job');
  return operator('engine.not-found', 'the program to run a job with was not found on this machine', {
    cause: thrown,
    remedy: 'install it, or correct the engine in the configuration, then: mqi resume ID',
  });
}

function noSuchFile(thrown: unknown, doing: string): null {
  if (errorCode(thrown) === 'ENOENT' || errorCode(thrown) === 'ENOTDIR') return null;
  throw hostFailure(thrown, doing);
}
