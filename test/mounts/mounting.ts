import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Daemon } from './daemon.js';

/** A folder of one file system seen through another. A test writes into `source`, behind the mount. */
export interface Share {
  readonly source: string;
  /** Where the same folder is seen through the mount. */
  readonly path: string;
  mount(): Promise<void>;
  /** Also while somebody still has a file of it open. */
  unmount(): Promise<void>;
}

/** How one program mounts a folder, in the foreground. */
export interface MountCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

const isMounted = (at: string): boolean => readFileSync('/proc/self/mounts', 'utf8').includes(` ${at} `);

/** A bind mount of a local folder: the only one of these whose events tell of what is written behind it. */
export class BindShare implements Share {
  constructor(
    readonly source: string,
    readonly path: string,
  ) {}

  mount(): Promise<void> {
    mkdirSync(this.path, { recursive: true });
    execFileSync('mount', ['--bind', this.source, this.path], { stdio: 'pipe' });
    return Promise.resolve();
  }

  unmount(): Promise<void> {
    if (isMounted(this.path)) execFileSync('umount', ['--lazy', this.path], { stdio: 'pipe' });
    return Promise.resolve();
  }
}

/** A mount by a program of the user space (FUSE). */
export class FuseShare implements Share {
  #daemon: Daemon | null = null;

  /** @param below where the source lies below the mount point, '' for the mount point itself */
  constructor(
    readonly source: string,
    private readonly at: string,
    private readonly below: string,
    private readonly how: MountCommand,
  ) {}

  get path(): string {
    return join(this.at, this.below);
  }

  async mount(): Promise<void> {
    mkdirSync(this.at, { recursive: true });
    this.#daemon = new Daemon(this.how.command, this.how.args, { ...process.env, ...this.how.env });
    await this.#daemon.ready('it is mounted', () => isMounted(this.at));
    await this.#daemon.ready('the share can be read', () =>
      readdir(this.path).then(
        () => true,
        () => false,
      ),
    );
  }

  async unmount(): Promise<void> {
    if (isMounted(this.at)) execFileSync('fusermount3', ['-u', '-z', this.at], { stdio: 'pipe' });
    await this.#daemon?.end(2_000);
    this.#daemon = null;
  }
}
