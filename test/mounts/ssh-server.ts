import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../free-port.js';
import { endNow } from '../end-now.js';
import { Daemon } from './daemon.js';
import { isAnswering } from './is-answering.js';

/** Arguments of sshd and of what it starts for a connection, which is called by its path first; not of what users run. */
const OF_SSHD = /^(\/\S*\/)?sshd/;

/** Who may log in, and how. */
export interface Logins {
  readonly user: string;
  /** Lines of sshd_config(5). */
  readonly config: readonly string[];
  /**
   * A login shell and a home in place of the user's own. Only this server sees them: /etc/passwd is another for it, in a
   * mount namespace of its own.
   */
  readonly login?: { readonly shell: string; readonly home: string };
}

/** A real sshd on a free port of this machine alone, with keys of its own. */
export class SshServer {
  #daemon: Daemon | null = null;
  #port = 0;

  /** @param logins who may log in and how; by default this user, unconfined */
  constructor(
    private readonly place: string,
    private readonly logins: Logins = { user: userInfo().username, config: [] },
  ) {}

  /** Again after `stop`: the same keys, on the same port. */
  async start(): Promise<void> {
    mkdirSync(this.place, { recursive: true });
    mkdirSync('/run/sshd', { recursive: true }); // where sshd locks its unprivileged part in
    if (this.#port === 0) {
      for (const key of ['host', 'client']) this.#makeKey(key);
      this.#port = await freePort();
    }
    const [type, hostKey] = this.#publicKey('host');
    this.#write('known', `[127.0.0.1]:${String(this.#port)} ${String(type)} ${String(hostKey)}\n`);
    this.#write('authorized', this.#publicKey('client').join(' '), 0o644); // the user who logs in reads it
    this.#write('config', this.#config());
    const sshd = ['/usr/sbin/sshd', '-D', '-e', '-f', join(this.place, 'config')];
    this.#daemon = new Daemon('env', [...this.#withLogin(), ...sshd]);
    await this.#daemon.ready('sshd answers', () => isAnswering(this.#port));
  }

  /** How the service is told to reach it. */
  get reach(): { host: string; port: number; user: string; keyFile: string; knownHosts: string; configFile: null } {
    return {
      host: '127.0.0.1',
      port: this.#port,
      user: this.logins.user,
      keyFile: join(this.place, 'client'),
      knownHosts: join(this.place, 'known'),
      configFile: null,
    };
  }

  /** For sshfs, which passes them on to ssh; nothing of the machine's own settings counts. */
  clientArgs(): string[] {
    const options = {
      IdentityFile: join(this.place, 'client'),
      IdentitiesOnly: 'yes',
      UserKnownHostsFile: join(this.place, 'known'),
      StrictHostKeyChecking: 'yes',
      BatchMode: 'yes',
    };
    const flags = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    return ['-F', 'none', '-p', String(this.#port), ...flags];
  }

  /** How many clients are connected now. */
  connections(): number {
    const lines = execFileSync('ps', ['-eo', 'pid,ppid,args'], { encoding: 'utf8' }).split('\n').map(psLine);
    return lines.filter(({ ppid, args }) => ppid === this.#daemon?.pid && args.startsWith('sshd')).length;
  }

  /** Cuts all connections, as a network that goes away does; the server itself goes on. */
  dropAll(): void {
    const processes = execFileSync('ps', ['-eo', 'pid,ppid,args'], { encoding: 'utf8' }).split('\n').map(psLine);
    const children = (of: number): number[] =>
      processes
        .filter(({ ppid }) => ppid === of)
        .flatMap(({ pid, args }) => (OF_SSHD.test(args) ? [pid, ...children(pid)] : []));
    for (const pid of children(this.#daemon?.pid ?? -1)) endNow(pid);
  }

  /** No connection outlives it: it takes up no more before those that there are are cut. */
  async stop(): Promise<void> {
    this.#daemon?.signal('SIGSTOP');
    this.dropAll();
    this.#daemon?.signal('SIGKILL');
    await this.#daemon?.end();
    this.#daemon = null;
  }

  /** A command that becomes the one after it, with what is to be seen of the login. */
  #withLogin(): readonly string[] {
    const { user, login } = this.logins;
    if (login === undefined) return [];
    const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
    const theirs = lines.map((line) => {
      const [name, ...fields] = line.split(':');
      return name === user ? [name, ...fields.slice(0, 4), login.home, login.shell].join(':') : line;
    });
    this.#write('passwd', theirs.join('\n'), 0o644);
    const mountAndRun = 'mount --bind "$1" /etc/passwd && shift && exec "$@"';
    const apart = ['unshare', '--mount', '--propagation', 'private', '--'];
    return [...apart, 'sh', '-c', mountAndRun, 'sh', join(this.place, 'passwd')];
  }

  #config(): string {
    return [
      `Port ${String(this.#port)}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${join(this.place, 'host')}`,
      `PidFile ${join(this.place, 'pid')}`,
      `AuthorizedKeysFile ${join(this.place, 'authorized')}`,
      'StrictModes no', // the temporary folder lies under one that all may write
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'UsePAM no',
      'UseDNS no',
      `AllowUsers ${this.logins.user}`,
      'Subsystem sftp internal-sftp',
      ...this.logins.config,
      '',
    ].join('\n');
  }

  #makeKey(name: string): void {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(this.place, name)], { stdio: 'pipe' });
  }

  #publicKey(name: string): string[] {
    return readFileSync(join(this.place, `${name}.pub`), 'utf8').split(' ');
  }

  #write(name: string, text: string, mode = 0o600): void {
    writeFileSync(join(this.place, name), text, { mode });
  }
}

function psLine(line: string): { readonly pid: number; readonly ppid: number; readonly args: string } {
  const [, pid, ppid, args = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
  return { pid: Number(pid), ppid: Number(ppid), args };
}
