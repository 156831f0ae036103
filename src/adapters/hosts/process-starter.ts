import type { CommandEnd } from '../../ports/host.js';

/** A process that is to outlive who starts it. */
export interface LastingStart {
  readonly argv: readonly string[];
  /** Where it runs. */
  readonly folder: string;
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Receives standard output and error. */
  readonly logPath: string;
}

export interface StartedProcess {
  readonly pid: number;
  /** Start time of /proc/PID/stat, read before anybody else can have been given the pid. */
  readonly startTicks: string;
}

/** Where a start failed: before the process (its log could not be opened), or with it. */
export type StartPhase = 'log' | 'process';

/** A process that was not started, by the code of the system call that refused. */
export class StartFailure extends Error {
  constructor(
    readonly phase: StartPhase,
    readonly code: string,
    options?: ErrorOptions,
  ) {
    super(`${phase}: ${code}`, options);
    this.name = 'StartFailure';
  }
}

/** Starts programs on this machine. */
export interface ProcessStarter {
  /** In a session of its own. `onExit` is called if its end is seen. Rejects with StartFailure. */
  start(start: LastingStart, onExit: () => void): Promise<StartedProcess>;
  /** A short command, with all of its environment; answers after `limitMs` at the latest, and never rejects. */
  run(argv: readonly string[], env: Readonly<Record<string, string>>, limitMs: number): Promise<CommandEnd>;
}
