import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../free-port.js';
import { Daemon } from '../mounts/daemon.js';
import { isAnswering } from '../mounts/is-answering.js';

const PROGRAMS = ['/usr/sbin/slurmdbd', '/usr/sbin/mariadbd'];
/** What a new database server is given: the tables of its own that it cannot do without. */
const SYSTEM_TABLES = '/usr/share/mysql/mysql_system_tables.sql';

/** Why there can be no accounting here; null when there can. */
export function noAccounting(): string | null {
  const missing = PROGRAMS.find((program) => !existsSync(program));
  return missing === undefined ? null : `there is no ${missing}`;
}

/**
 * Slurm's accounting of a test: slurmdbd on a free port of this machine alone, and behind it a MariaDB that listens on a
 * socket in the test's own folder and nowhere else.
 */
export class SlurmAccounting {
  #place = '';
  #port = 0;
  #mariadb: Daemon | null = null;
  #slurmdbd: Daemon | null = null;

  /** What slurm.conf says of it. */
  conf(): Readonly<Record<string, string>> {
    return {
      AccountingStorageType: 'accounting_storage/slurmdbd',
      AccountingStorageHost: '127.0.0.1',
      AccountingStoragePort: String(this.#port),
      AccountingStoragePass: join(this.#place, 'run', 'munge.sock'),
      AccountingStorageTRES: 'gres/gpu',
    };
  }

  /** @param place that of the cluster, with munge running in it. Before slurmctld, which asks it for what it counts. */
  async start(place: string): Promise<void> {
    this.#place = place;
    this.#port = await freePort();
    mkdirSync(join(this.#data, 'mysql'), { recursive: true, mode: 0o700 });
    const input = `use mysql;\n${readFileSync(SYSTEM_TABLES, 'utf8')}`;
    const args = [...this.#mariadbArgs(), '--bootstrap'];
    const { status, stderr } = spawnSync('/usr/sbin/mariadbd', args, { input, encoding: 'utf8' });
    if (status !== 0) throw new Error(`no database could be made: ${stderr}`);
    await this.startDatabase();
    writeFileSync(join(place, 'slurmdbd.conf'), this.#slurmdbdConf(), { mode: 0o600 });
    await this.startDaemon();
  }

  async startDatabase(): Promise<void> {
    rmSync(this.#socket, { force: true }); // left by one that had to be made to end
    this.#mariadb = new Daemon('/usr/sbin/mariadbd', [...this.#mariadbArgs(), `--socket=${this.#socket}`]);
    await this.#mariadb.ready('MariaDB listens', () => existsSync(this.#socket));
  }

  async stopDatabase(): Promise<void> {
    await this.#mariadb?.end();
    this.#mariadb = null;
  }

  async startDaemon(): Promise<void> {
    // The client library of MariaDB takes the path of the socket from there.
    const env = { ...process.env, SLURM_CONF: join(this.#place, 'slurm.conf'), MYSQL_UNIX_PORT: this.#socket };
    this.#slurmdbd = new Daemon('/usr/sbin/slurmdbd', ['-D'], env);
    await this.#slurmdbd.ready('slurmdbd answers', () => isAnswering(this.#port));
  }

  async stopDaemon(): Promise<void> {
    await this.#slurmdbd?.end();
    this.#slurmdbd = null;
  }

  async stop(): Promise<void> {
    await this.stopDaemon();
    await this.stopDatabase();
  }

  get #data(): string {
    return join(this.#place, 'mariadb');
  }

  get #socket(): string {
    return join(this.#data, 'socket');
  }

  /** Small files, and nothing waits for the disk. Whoever reaches the socket may do all: its folder is ours alone. */
  #mariadbArgs(): readonly string[] {
    return [
      '--no-defaults',
      `--user=${userInfo().username}`,
      `--datadir=${this.#data}`,
      `--pid-file=${join(this.#data, 'pid')}`,
      '--skip-networking',
      '--skip-grant-tables',
      '--skip-log-bin',
      '--skip-performance-schema',
      '--innodb-log-file-size=4M',
      '--innodb-data-file-path=ibdata1:4M:autoextend',
      '--innodb-temp-data-file-path=ibtmp1:4M:autoextend',
      '--innodb-doublewrite=0',
      '--innodb-flush-log-at-trx-commit=0',
      '--innodb-flush-method=nosync',
    ];
  }

  #slurmdbdConf(): string {
    return [
      'AuthType=auth/munge',
      `AuthInfo=socket=${join(this.#place, 'run', 'munge.sock')}`,
      'DbdHost=localhost',
      'DbdAddr=127.0.0.1',
      `DbdPort=${String(this.#port)}`,
      `SlurmUser=${userInfo().username}`,
      `LogFile=${join(this.#place, 'log', 'slurmdbd.log')}`,
      `PidFile=${join(this.#place, 'slurmdbd.pid')}`,
      'StorageType=accounting_storage/mysql',
      'StorageHost=localhost',
      'StorageUser=slurm',
      'StorageLoc=slurm_acct',
      '',
    ].join('\n');
  }
}
