import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from './free-port.js';
import { removeFolder } from './remove-folder.js';

const INSTALLED = '/usr/lib/postgresql';

/** Folder of the newest installed server's programs; null where there is none. */
export function postgresPrograms(): string | null {
  const versions = existsSync(INSTALLED) ? readdirSync(INSTALLED).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions
    .map((version) => join(INSTALLED, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'initdb')));
  return found ?? null;
}

/** A private PostgreSQL on a free loopback port, started when first asked for: one for each process of the test run. */
class PostgresServer {
  #url: Promise<string> | null = null;
  #stop: () => void = () => undefined;
  #made = 0;

  /** URL of a new empty database. */
  async newDatabase(): Promise<string> {
    this.#url ??= this.#start();
    const url = await this.#url;
    this.#made += 1;
    const name = `test${String(this.#made)}`;
    await execute(`${url}/postgres`, `CREATE DATABASE ${name}`);
    return `${url}/${name}`;
  }

  stop(): void {
    this.#stop();
    this.#stop = () => undefined;
  }

  async #start(): Promise<string> {
    const bin = postgresPrograms();
    if (bin === null) throw new Error('PostgreSQL is not installed');
    const folder = mkdtempSync(join(tmpdir(), 'mqi-postgres-'));
    chmodSync(folder, 0o755);
    if (process.getuid?.() === 0) spawnSync('chown', ['postgres', folder]);
    const port = await freePort();
    const server = `-c listen_addresses=127.0.0.1 -c port=${String(port)} -c unix_socket_directories=${folder} -c fsync=off`;
    const place = join(folder, 'data');
    const control = (...args: string[]): void => {
      asServerUser(join(bin, 'pg_ctl'), ['-D', place, '-w', '-l', join(folder, 'log'), ...args]);
    };
    asServerUser(join(bin, 'initdb'), ['-D', place, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync']);
    control('-o', server, 'start');
    this.#stop = () => {
      control('-m', 'immediate', 'stop');
      removeFolder(folder);
    };
    process.once('exit', () => {
      this.stop();
    });
    return `postgres://postgres@127.0.0.1:${String(port)}`;
  }
}

/** Files of tests that run in one process share it; it ends with that process. */
export const postgresServer = new PostgresServer();

/** One statement on a connection of its own. */
export async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** PostgreSQL refuses to run as root. */
function asServerUser(program: string, args: readonly string[]): void {
  const asRoot = process.getuid?.() === 0;
  const [command, all] = asRoot ? ['runuser', ['-u', 'postgres', '--', program, ...args]] : [program, args];
  const { status, stderr } = spawnSync(command, all, {
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${program} failed: ${stderr}`);
}
