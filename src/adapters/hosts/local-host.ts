import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, watch, type FSWatcher } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CaseError, operator } from '../../domain/errors.js';
import type { CommandEnd, DetachedStart, Host, ProcessIdentity } from '../../ports/host.js';
import { createExclusive } from './exclusive-file.js';
import { errorCode, hostFailure } from './host-failure.js';
import { runCommand } from './run-command.js';
import { anyProcess, hasEnvironment, livingProcess, readBootId, type ProcStat } from './proc-stat.js';

/** What a job sees of our environment: no secret of the service, all that a program and its GPU libraries need. */
const KEPT_VARIABLES =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_.*|TZ|TMPDIR|LD_LIBRARY_PATH|CUDA_(HOME|PATH|DEVICE_ORDER))$/;

/** Names the job's folder in the environment of all its processes. */
const JOB_FOLDER = 'MQI_JOB_FOLDER';

/** USER_HZ: what Linux shows times of /proc in, whatever the kernel's own tick; 100 on all architectures we run on. */
const TICKS_PER_SECOND = 100;

/** Processes looked at before others get a turn: about 5 ms. */
const SCAN_TURN = 200;

/** How often a folder is looked at that cannot be watched (no inotify watch left, no such file system support). */
const UNWATCHED_LOOK_MS = 500;

/**
 * This machine. Linux: processes are told by /proc. A process is named by pid, start time and boot, so a pid that was
 * given out again is never taken for ours.
 *
 * A job's processes are those of the session its leader made. While the leader lives, the kernel gives its number to
 * nobody else. When the leader is gone but the session is not, the number is still taken; when both are gone it may come
 * back as a stranger's session, so a session without its leader is believed only with our mark in its environment.
 */
export class LocalHost implements Host {
  readonly #bootId = readBootId();

  constructor(readonly name = 'local') {}

  async startDetached(start: DetachedStart, onExit: () => void): Promise<ProcessIdentity> {
    if (this.#bootId === null) {
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
      return { pid, startTicks: stat.startTicks, bootId: this.#bootId, folder };
    } catch (thrown) {
      throw startFailure(thrown);
    } finally {
      closeSync(log);
    }
  }

  isAlive(identity: ProcessIdentity): Promise<boolean> {
    return Promise.resolve(this.#leader(identity) !== null);
  }

  async cpuSeconds(identity: ProcessIdentity): Promise<number | null> {
    const members = await this.#members(identity);
    if (members.length === 0) return null;
    return members.reduce((ticks, member) => ticks + member.cpuTicks, 0) / TICKS_PER_SECOND;
  }

  async signalGroup(identity: ProcessIdentity, signal: 'SIGTERM' | 'SIGKILL'): Promise<boolean> {
    const members = await this.#members(identity);
    // The group at once, so that no member can start another between two signals; then those with groups of their own.
    const groups = new Set(members.filter(({ surely }) => surely).map(({ processGroup }) => processGroup));
    let reached = members.some(({ surely }) => !surely);
    for (const group of groups) reached = sendSignal(-group, signal) || reached;
    return reached;
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
      await mkdir(path, { recursive: true });
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

  #leader({ pid, startTicks, bootId }: ProcessIdentity): ProcStat | null {
    const stat = bootId === this.#bootId ? livingProcess(pid) : null;
    return stat?.startTicks === startTicks ? stat : null;
  }

  /** The living processes of the job; `surely` false: one that is ending, counted but not signalled. */
  async #members(identity: ProcessIdentity): Promise<readonly (ProcStat & { readonly surely: boolean })[]> {
    if (identity.bootId !== this.#bootId) return [];
    const leaderLives = this.#leader(identity) !== null;
    // Another process has our leader's number: then the kernel has seen our whole session end.
    if (!leaderLives && livingProcess(identity.pid) !== null) return [];
    const members = await sessionOf(identity.pid);
    if (leaderLives) return members.map((member) => ({ ...member, surely: true }));
    return members
      .map((member) => ({ ...member, mark: hasEnvironment(member.pid, JOB_FOLDER, identity.folder) }))
      .filter(({ mark }) => mark !== 'no')
      .map(({ mark, ...member }) => ({ ...member, surely: mark === 'yes' }));
  }
}

/** The living processes whose session or process group has this number. */
async function sessionOf(leader: number): Promise<readonly ProcStat[]> {
  const members: ProcStat[] = [];
  let seen = 0;
  for (const entry of readdirSync('/proc')) {
    const stat = /^\d+$/.test(entry) ? livingProcess(entry) : null;
    if (stat !== null && (stat.session === leader || stat.processGroup === leader)) members.push(stat);
    if (++seen % SCAN_TURN === 0) await nextTurn();
  }
  return members;
}

function keptEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => KEPT_VARIABLES.test(name)));
}

function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (thrown) {
    if (errorCode(thrown) === 'ESRCH') return false;
    throw hostFailure(thrown, 'signalling a job');
  }
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
