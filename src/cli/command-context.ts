import type { Command } from 'commander';
import type { Token } from 'typedi';
import type { Environment } from '../config/environment.js';
import type { EpochMs } from '../domain/time.js';
import type { Settings } from '../ports/settings.js';
import type { ExitCode } from './exit-code.js';

/** Where a command writes. `columns` is Infinity where stdout is no terminal, so that nothing is cut. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  readonly columns: number;
  readonly interactive: boolean;
}

/** Anything that gives the implementation of a port: the container, or a test's map. */
export interface PortSource {
  get<T>(token: Token<T>): T;
}

/** `--config FILE` and `--root DIR`, which every command takes. */
export interface ConfigFlags {
  readonly config?: string;
  readonly root?: string;
}

export interface ServiceRun {
  readonly once: boolean;
  /** Waits this long for a service that holds the root or the database to end; 0 refuses at once. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
  /** Called when the live page is served: its address, and the address that carries the token. */
  readonly announce: (served: { readonly address: string; readonly pageUrl: string }) => void;
}

/** What the entry point gives the command line: the only way to what lies outside it. */
export interface Wiring {
  /** Every port of the product. Opens nothing. */
  build(settings: Settings): Promise<PortSource>;
  /** Until the signal aborts or, with `once`, nothing is left to do; the exit code. */
  runService(settings: Settings, run: ServiceRun): Promise<number>;
}

/** What is the same for every command of one call of the program. */
export interface Surroundings {
  readonly terminal: Terminal;
  /** Aborts on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** Who asks, for the history: `cli:NAME`. */
  readonly actor: string;
  /** Absolute. */
  readonly cwd: string;
  /** A password, from the terminal (not shown) or the first line of stdin. */
  readonly readSecret: (prompt: string) => Promise<string>;
  readonly env: Environment;
  readonly now: () => EpochMs;
  readonly wiring: Wiring;
}

/** What the body of a command works with. */
export interface CommandContext extends Surroundings {
  readonly flags: ConfigFlags;
  /** One JSON document on stdout and nothing else there. */
  readonly json: boolean;
}

export type CommandBody = (context: CommandContext) => Promise<ExitCode>;

/** Where a command hangs itself in. */
export interface CommandHost {
  readonly program: Command;
  readonly now: () => EpochMs;
  /** Runs the body with the context of this call and keeps its exit code. */
  readonly run: (command: Command, body: CommandBody) => Promise<void>;
}
