import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { Daemon } from './daemon.js';
import { isAnswering } from './is-answering.js';

/** smbnetfs knows no other. */
const PORT = 445;
const STATE = ['lock', 'state', 'cache', 'private', 'pid', 'ncalrpc'];
const PASSWORD = 'of this test alone';

/** A real smbd for this machine alone that shares one folder; all its state lies in its own folder. */
export class SambaServer {
  /** The shared folder below the mount point of smbnetfs. */
  static readonly BELOW = '127.0.0.1/share';
  #daemon: Daemon | null = null;

  constructor(
    private readonly place: string,
    private readonly shared: string,
  ) {}

  async start(): Promise<void> {
    if (await isAnswering(PORT)) throw new Error('port 445 is taken by another server');
    for (const name of STATE) mkdirSync(join(this.place, name), { recursive: true });
    const config = join(this.place, 'smb.conf');
    writeFileSync(config, this.#config());
    const input = `${PASSWORD}\n${PASSWORD}\n`;
    execFileSync('smbpasswd', ['-c', config, '-s', '-a', userInfo().username], { input, stdio: 'pipe' });
    this.#writeHome();
    this.#daemon = new Daemon('/usr/sbin/smbd', ['-F', '--no-process-group', '-s', config]);
    await this.#daemon.ready('smbd answers', () => isAnswering(PORT));
  }

  /** The home folder from which smbnetfs takes its settings. */
  get home(): string {
    return join(this.place, 'home');
  }

  async stop(): Promise<void> {
    await this.#daemon?.end();
  }

  #config(): string {
    return [
      '[global]',
      'interfaces = 127.0.0.1/8',
      'bind interfaces only = yes',
      `smb ports = ${String(PORT)}`,
      'disable netbios = yes',
      'load printers = no',
      ...STATE.map((name) => `${name === 'ncalrpc' ? 'ncalrpc dir' : `${name} directory`} = ${join(this.place, name)}`),
      `log file = ${join(this.place, 'log')}`,
      `passdb backend = tdbsam:${join(this.place, 'private', 'p.tdb')}`,
      '[share]',
      `path = ${this.shared}`,
      'read only = no',
      `valid users = ${userInfo().username}`,
      'force user = root',
      '',
    ].join('\n');
  }

  #writeHome(): void {
    const settings = join(this.home, '.smb');
    mkdirSync(settings, { recursive: true });
    const files = {
      'smbnetfs.conf': 'include "smbnetfs.auth"\ninclude "smbnetfs.host"\n',
      'smbnetfs.auth': `auth "${SambaServer.BELOW}" "${userInfo().username}" "${PASSWORD}"\n`,
      'smbnetfs.host': 'host 127.0.0.1 visible=true\n',
      'smb.conf': '[global]\nclient min protocol = SMB2\n',
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(settings, name), text, { mode: 0o600 });
  }
}
