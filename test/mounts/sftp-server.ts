import { execFileSync } from 'node:child_process';
import { chownSync, chmodSync, mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { SftpOptions } from '../../src/adapters/uploads/sftp/sftp-options.js';
import { removeFolder } from '../remove-folder.js';
import { SshServer } from './ssh-server.js';

const NOBODY = 65_534;

/**
 * A real sshd that gives the user `nobody` SFTP and nothing else, locked into a folder (ChrootDirectory). Needs root. The
 * folder may not lie below one that all may write, so not in /tmp.
 */
export class SftpServer {
  readonly #top = mkdtempSync('/srv/mqi-sftp-');
  readonly #jail = join(this.#top, 'jail');
  readonly #server: SshServer;
  #mounted = false;

  constructor() {
    const config = ['Match User nobody', `ChrootDirectory ${this.#jail}`, 'ForceCommand internal-sftp'];
    this.#server = new SshServer(join(this.#top, 'sshd'), { user: 'nobody', config });
    chmodSync(this.#top, 0o755);
    mkdirSync(this.#jail);
    this.#writable('in');
  }

  /** Where we see what clients see as `/in`. */
  get inbox(): string {
    return join(this.#jail, 'in');
  }

  start(): Promise<void> {
    return this.#server.start();
  }

  /** Options of a target that delivers into `/in`. */
  options(change: Partial<SftpOptions> = {}): SftpOptions {
    const { host, port, user, keyFile, knownHosts } = this.#server.reach;
    return {
      ...{ host, port, user, keyFile, knownHosts, passwordFile: null, passwordEnv: null },
      path: '/in/{folder}/RD.{beamNumber}.{sopInstanceUid}.dcm',
      marker: null,
      ...change,
    };
  }

  /** A disk of so many MiB as `/small`, writable. */
  mountSmall(mib: number): string {
    const at = this.#writable('small');
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${String(mib)}m,uid=${String(NOBODY)}`, 'tmpfs', at]);
    this.#mounted = true;
    return at;
  }

  dropAll(): void {
    this.#server.dropAll();
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    if (this.#mounted) execFileSync('umount', ['--lazy', join(this.#jail, 'small')]);
    removeFolder(this.#top);
  }

  #writable(name: string): string {
    const path = join(this.#jail, name);
    mkdirSync(path);
    chownSync(path, NOBODY, NOBODY);
    return path;
  }
}
