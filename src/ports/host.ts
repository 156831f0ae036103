import { Token } from 'typedi';

/** Names one process for ever, also after its pid was given out again or the machine rebooted. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTicks: string;
  readonly bootId: string;
  /** The folder it was started in. Its processes carry it as MQI_JOB_FOLDER: so they are told when the leader is gone. */
  readonly folder: string;
}

export interface DetachedStart {
  readonly folder: string;
  readonly argv: readonly string[];
  /** Added to a small clean environment. */
  readonly env: Readonly<Record<string, string>>;
  /** File in `folder` that receives stdout and stderr. */
  readonly logName: string;
}

/** How a short command ended. */
export type CommandEnd =
  /** By itself. */
  | { readonly how: 'exited'; readonly code: number; readonly stdout: string; readonly stderr: string }
  /** There is no such program. */
  | { readonly how: 'not-found' }
  /**
   * Its time was over: it was killed, and may live on for a while (a program that waits for a driver cannot be killed).
   * `gone` resolves when it has really ended.
   */
  | { readonly how: 'too-late'; readonly gone: Promise<void> }
  /** Killed by somebody, not startable, or its output was beyond 1 MiB; in words. */
  | { readonly how: 'broken'; readonly reason: string };

/** Runs commands and moves files on one machine. */
export interface Host {
  readonly name: string;
  /** Starts a process in a session of its own; it does not end with us. `onExit` is called if it ends while we live. */
  startDetached(start: DetachedStart, onExit: () => void): Promise<ProcessIdentity>;
  /** False also when the pid now belongs to another process or the machine was rebooted. */
  isAlive(identity: ProcessIdentity): Promise<boolean>;
  /** CPU seconds used so far by the whole process group; null when it is gone. */
  cpuSeconds(identity: ProcessIdentity): Promise<number | null>;
  /** To the whole process group, only if `identity` (or a member of its session) still lives. False: nothing left. */
  signalGroup(identity: ProcessIdentity, signal: 'SIGTERM' | 'SIGKILL'): Promise<boolean>;
  /** Resolves when something in the folder may have changed, or after `maxMs`, or on abort. */
  folderChanged(folder: string, maxMs: number, signal: AbortSignal): Promise<void>;
  /**
   * Runs a short command of ours, never a job: no input, small clean environment, messages in English (LC_ALL=C). Answers
   * after `limitMs` at the latest; never rejects.
   */
  run(argv: readonly string[], limitMs: number): Promise<CommandEnd>;
  readText(path: string): Promise<string | null>;
  /** Bytes from `offset` to the present end, at most `maxBytes`; null when there is no such file. */
  readFrom(path: string, offset: number, maxBytes: number): Promise<Buffer | null>;
  /**
   * Creates the file with this content, whole; false, changing nothing, if it exists. Of several callers, in any process,
   * one gets true. It outlives our process; a power cut may lose it, but that ends the job it speaks of too.
   */
  createExclusive(path: string, text: string): Promise<boolean>;
  makeFolder(path: string): Promise<void>;
}
export const Host = new Token<Host>('Host');
