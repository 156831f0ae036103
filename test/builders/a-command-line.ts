import type { Token } from 'typedi';
import type { PortSource, Wiring } from '../../src/cli/command-context.js';
import type { ExitCode } from '../../src/cli/exit-code.js';
import { runProgram } from '../../src/cli/run-program.js';
import { Folders } from '../../src/domain/folders.js';
import { AuditTrail } from '../../src/ports/audit-trail.js';
import { CaseControl } from '../../src/ports/case-control.js';
import { CaseQueries } from '../../src/ports/case-queries.js';
import { DeliveryControl } from '../../src/ports/delivery-control.js';
import { Database } from '../../src/ports/database.js';
import { DiskHistory } from '../../src/ports/disk-history.js';
import { FarHosts } from '../../src/ports/far-hosts.js';
import { Logger } from '../../src/ports/logger.js';
import { NotificationChannels } from '../../src/ports/notification-channel.js';
import type { Settings } from '../../src/ports/settings.js';
import { TraceExporter } from '../../src/ports/trace-exporter.js';
import { UploadTargets } from '../../src/ports/upload-target.js';
import { Users } from '../../src/ports/users.js';
import { WorkFolders } from '../../src/ports/work-folders.js';
import { FakeAuditTrail } from '../fakes/fake-audit-trail.js';
import { FakeCaseControl } from '../fakes/fake-case-control.js';
import { FakeCaseQueries } from '../fakes/fake-case-queries.js';
import { FakeDeliveryControl } from '../fakes/fake-delivery-control.js';
import { FakeDatabase } from '../fakes/fake-database.js';
import { FakeDiskHistory } from '../fakes/fake-disk-history.js';
import { FakeLogger } from '../fakes/fake-logger.js';
import { FakeTables } from '../fakes/fake-tables.js';
import { FakeUsers } from '../fakes/fake-users.js';

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
  readonly deliveries = new FakeDeliveryControl(this.tables);
  readonly database = new FakeDatabase();
  readonly users = new FakeUsers();
  readonly audit = new FakeAuditTrail();
  readonly diskHistory = new FakeDiskHistory();
  /** What is typed where a password is asked for, one after another. */
  secrets: string[] = [];
  interactive = false;
  /** The settings that the container was built or the service started with. */
  readonly used: Settings[] = [];
  readonly started: boolean[] = [];
  /** `waitMs` of each start. */
  readonly waited: number[] = [];
  /** Of the service that `start` runs. */
  serviceExit = 0;
  buildFailure: Error | null = null;
  env: Record<string, string> = {};
  /** Where it is called; has no config/mqi.yaml unless the test makes one. */
  cwd = '/nowhere';
  columns = Infinity;
  signal = new AbortController().signal;
  onOut: (text: string) => void = () => undefined;
  now = Date.parse('2026-11-23T12:00:00.000Z');
  readonly #ports = new Map<unknown, unknown>([
    [DiskHistory, this.diskHistory],
    [CaseQueries, this.queries],
    [CaseControl, this.control],
    [DeliveryControl, this.deliveries],
    [Database, this.database],
    [Users, this.users],
    [AuditTrail, this.audit],
    [Logger, new FakeLogger()],
    [UploadTargets, []],
    [FarHosts, []],
    [NotificationChannels, []],
    [TraceExporter, null],
    [WorkFolders, new Folders('/nowhere', '/nowhere/inbox')],
  ]);

  with<T>(token: Token<T>, port: T): this {
    this.#ports.set(token, port);
    return this;
  }

  async type(...argv: string[]): Promise<Answer> {
    const written = { out: '', err: '' };
    const terminal = {
      out: (text: string): void => {
        written.out += text;
        this.onOut(text);
      },
      err: (text: string): void => void (written.err += text),
      columns: this.columns,
      interactive: this.interactive,
    };
    const surroundings = {
      terminal,
      signal: this.signal,
      actor: 'cli:tester',
      cwd: this.cwd,
      readSecret: () => Promise.resolve(this.secrets.shift() ?? ''),
      env: this.env,
      now: () => this.now,
    };
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
      build: (settings) => {
        this.used.push(settings);
        return this.buildFailure === null ? Promise.resolve(ports) : Promise.reject(this.buildFailure);
      },
      runService: (settings, { once, waitMs }) => {
        this.used.push(settings);
        this.waited.push(waitMs);
        this.started.push(once);
        return Promise.resolve(this.serviceExit);
      },
    };
  }
}
