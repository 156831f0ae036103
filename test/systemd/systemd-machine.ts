import { execFile, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Daemon } from '../mounts/daemon.js';
import { removeFolder } from '../remove-folder.js';
import { until } from '../until.js';

const TOP = fileURLToPath(new URL('../../../', import.meta.url));
const call = promisify(execFile);
/** Where the machine has this project, read-only. */
export const PROJECT = '/opt/mqi';
/** On a busy computer. */
const BOOT_MS = 60_000;
const CALL_MS = 60_000;
const END_MS = 60_000;
/** Accounts of the machine: it has no others. */
const ACCOUNTS = [
  ['root', 0],
  ['mqi', 900],
  ['messagebus', 901],
] as const;
/** Folders it has beside those of this computer, with what /usr holds seen read-only. */
const FOLDERS = ['dev', 'etc', 'mnt', 'opt/mqi', 'proc', 'root', 'run', 'sys', 'usr', 'var/lib', 'var/log/journal'];
const SHARED = ['bin', 'sbin', 'lib', 'lib64'];
const FROM_HERE = ['nsswitch.conf', 'os-release', 'ld.so.cache'];

/** Whether this computer can start one: root, and systemd-nspawn (Debian: systemd-container). */
export function hasSystemdMachines(): boolean {
  const isThere = spawnSync('systemd-nspawn', ['--version'], { stdio: 'ignore' }).status === 0;
  return isThere && process.getuid?.() === 0;
}

/**
 * A machine of its own whose first process is the real systemd, with nothing installed but what /usr of this computer
 * holds: systemd-nspawn on a folder made for it. No unit of this computer is started; the network is its own loopback.
 */
export class SystemdMachine {
  readonly #place = mkdtempSync(join(tmpdir(), 'mqi-systemd-'));
  #nspawn: Daemon | null = null;
  #leader = 0;

  /** Of a path in the machine, where it is on this computer. */
  at(path: string): string {
    return join(this.#place, path);
  }

  write(path: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(this.at(path)), { recursive: true });
    writeFileSync(this.at(path), text, { mode });
  }

  async start(): Promise<void> {
    this.#furnish();
    // Node need not be in /usr.
    const beside = process.execPath.startsWith('/usr/') ? [] : [dirname(dirname(process.execPath))];
    const shown = ['/usr', `${TOP}:${PROJECT}`, ...beside].map((path) => `--bind-ro=${path}`);
    // Without a systemd that runs this computer there is nobody to ask for a unit of its own.
    const unit = existsSync('/run/systemd/system') ? [] : ['--keep-unit'];
    const where = ['--directory', this.#place, '--private-network', '--register=no', ...unit, ...shown];
    const nspawn = new Daemon('systemd-nspawn', ['--quiet', '--console=pipe', ...where, '--boot']);
    this.#nspawn = nspawn;
    await nspawn.ready('its first process', () => this.#findLeader());
    await until(
      'it has started',
      async () => (await this.tryRun('systemctl', 'is-system-running')) === 'running',
      BOOT_MS,
    );
  }

  /** Orderly, as a machine is shut down; then its folder is removed. */
  async stop(): Promise<void> {
    this.#nspawn?.signal('SIGTERM');
    await this.#nspawn?.end(END_MS);
    removeFolder(this.#place);
  }

  /** As root in the machine; what it printed, without the last line break. Rejects when it ends other than with 0. */
  async run(...command: readonly string[]): Promise<string> {
    return (await this.#enter(command)).stdout.trimEnd();
  }

  /** As `run`, but a failure is an answer as well: what it printed before. */
  async tryRun(...command: readonly string[]): Promise<string> {
    try {
      return await this.run(...command);
    } catch (thrown) {
      const { stdout } = thrown as { stdout?: string };
      return (stdout ?? '').trimEnd();
    }
  }

  /** The command line of this project, as an account of the machine. */
  mqi(account: 'root' | 'mqi', ...args: readonly string[]): Promise<string> {
    const as = account === 'root' ? [] : ['setpriv', `--reuid=${account}`, `--regid=${account}`, '--clear-groups'];
    return this.run(...as, process.execPath, `${PROJECT}/dist/src/cli.js`, ...args);
  }

  /** nspawn's child that has become systemd; before it there are others, which prepare it. */
  #findLeader(): boolean {
    const nspawn = String(this.#nspawn?.pid);
    const pids = toldBy(`/proc/${nspawn}/task/${nspawn}/children`).trim().split(' ');
    this.#leader = Number(pids.find((pid) => toldBy(`/proc/${pid}/comm`) === 'systemd\n') ?? 0);
    return this.#leader > 0;
  }

  #enter(command: readonly string[]): Promise<{ stdout: string; stderr: string }> {
    const namespaces = ['--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup', '--root', '--wdns=/'];
    const env = { HOME: '/root', PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LANG: 'C.UTF-8' };
    const args = ['--target', String(this.#leader), ...namespaces, '--', ...command];
    return call('nsenter', args, { env, timeout: CALL_MS, maxBuffer: 2 ** 24 });
  }

  #furnish(): void {
    chmodSync(this.#place, 0o755); // its accounts are not root
    for (const folder of FOLDERS) mkdirSync(this.at(folder), { recursive: true });
    for (const folder of ['tmp', 'var/tmp']) {
      mkdirSync(this.at(folder), { recursive: true });
      chmodSync(this.at(folder), 0o1777);
    }
    for (const name of SHARED) if (existsSync(`/${name}`)) symlinkSync(`usr/${name}`, this.at(name));
    for (const name of FROM_HERE) copyFileSync(`/etc/${name}`, this.at(`etc/${name}`));
    const lines = (line: (name: string, id: string) => string): string =>
      ACCOUNTS.map(([name, id]) => `${line(name, String(id))}\n`).join('');
    this.write(
      'etc/passwd',
      lines((name, id) => `${name}:x:${id}:${id}::/:/usr/sbin/nologin`),
    );
    this.write(
      'etc/group',
      lines((name, id) => `${name}:x:${id}:`),
    );
    this.write('etc/machine-id', '');
  }
}

/** Empty where the process has ended, be it between opening the file and reading it. */
function toldBy(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (thrown) {
    if (['ENOENT', 'ESRCH'].includes((thrown as NodeJS.ErrnoException).code ?? '')) return '';
    throw thrown;
  }
}
