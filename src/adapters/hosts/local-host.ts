import { watch, type FSWatcher } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { operator, type CaseError } from '../../domain/errors.js';
import type { CommandEnd, DetachedStart, Host, ProcessIdentity } from '../../ports/host.js';
import { createExclusive } from './exclusive-file.js';
import { errorCode, hostFailure } from './host-failure.js';
import { JOB_FOLDER, JobProcesses } from './job-processes.js';
import { LocalProcesses } from './local-processes.js';
import { OwnStarter } from './own-starter.js';
import { StartFailure, type ProcessStarter } from './process-starter.js';
import { StarterProcess } from './starter-process.js';
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

  constructor(
    readonly name = 'local',
    private readonly starter: ProcessStarter = new OwnStarter(),
  ) {}

  /** For a process that is going to start many: by a small one of its own. */
  static withStarter(name: string): LocalHost {
    return new LocalHost(name, new StarterProcess(keptEnvironment()));
  }

  async startDetached(start: DetachedStart, onExit: () => void): Promise<ProcessIdentity> {
    const { boot } = this.#table;
    if (boot === null) {
      throw operator('host.no-proc', 'this system has no /proc, by which jobs are found again after a restart', {
        remedy: 'run the service on Linux, or the jobs on a Linux host',
      });
    }
    const { argv, folder } = start;
    const env = { ...keptEnvironment(), ...start.env, [JOB_FOLDER]: folder };
    try {
      const started = await this.starter.start({ argv, folder, env, logPath: join(folder, start.logName) }, onExit);
      return { ...started, bootId: boot, folder };
    } catch (thrown) {
      throw startFailure(thrown);
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
    return this.starter.run(argv, keptEnvironment(), limitMs);
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
}

function keptEnvironment(): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && KEPT_VARIABLES.test(name)) kept[name] = value;
  }
  return kept;
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
  if (thrown instanceof StartFailure && thrown.phase === 'log') return hostFailure(thrown, 'opening the log of a job');
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
