import type { Token } from 'typedi';
import type { ConfigFlags, PortSource, Wiring } from '../../src/cli/command-context.js';
import type { ExitCode } from '../../src/cli/exit-code.js';
import { runProgram } from '../../src/cli/run-program.js';
import { CaseControl } from '../../src/ports/case-control.js';
import { CaseQueries } from '../../src/ports/case-queries.js';
import { Database } from '../../src/ports/database.js';
import { SettingsSchema } from '../../src/config/settings.js';
import { FakeCaseControl } from '../fakes/fake-case-control.js';
import { FakeCaseQueries } from '../fakes/fake-case-queries.js';
import { FakeDatabase } from '../fakes/fake-database.js';
import { FakeTables } from '../fakes/fake-tables.js';

export interface Answer {
  readonly exit: ExitCode;
  readonly out: string;
  readonly err: string;
}

/** The command line over fakes: what a user types, and what comes back on stdout, stderr and as exit code. */
export class ACommandLine {
  readonly tables = new FakeTables();
  readonly queries = new FakeCaseQueries(this.tables);
  readonly control = new FakeCaseControl(this.tables);
  readonly database = new FakeDatabase();
  readonly loadedWith: ConfigFlags[] = [];
  readonly started: boolean[] = [];
  /** Of the service that `start` runs. */
  serviceExit = 0;
  loadFailure: Error | null = null;
  settings = SettingsSchema.parse({});
  columns = Infinity;
  now = Date.parse('2026-11-23T12:00:00.000Z');
  readonly #ports = new Map<unknown, unknown>([
    [CaseQueries, this.queries],
    [CaseControl, this.control],
    [Database, this.database],
  ]);

  with<T>(token: Token<T>, port: T): this {
    this.#ports.set(token, port);
    return this;
  }

  async type(...argv: string[]): Promise<Answer> {
    const written = { out: '', err: '' };
    const terminal = {
      out: (text: string): void => void (written.out += text),
      err: (text: string): void => void (written.err += text),
      columns: this.columns,
      interactive: false,
    };
    const signal = new AbortController().signal;
    const surroundings = { terminal, signal, actor: 'cli:tester', cwd: '/here', now: () => this.now };
    const exit = await runProgram(argv, { ...surroundings, wiring: this.#wiring() });
    return { exit, ...written };
  }

  #wiring(): Wiring {
    const ports: PortSource = {
      get: <T>(token: Token<T>): T => {
        const port = this.#ports.get(token);
        if (port === undefined) throw new Error(`the test gave no ${String(token.name)}`);
        return port as T;
      },
    };
    return {
      load: (flags) => {
        this.loadedWith.push(flags);
        if (this.loadFailure !== null) throw this.loadFailure;
        return { settings: this.settings };
      },
      build: () => Promise.resolve(ports),
      runService: (_loaded, once) => {
        this.started.push(once);
        return Promise.resolve(this.serviceExit);
      },
    };
  }
}
