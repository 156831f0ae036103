import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BindShare, FuseShare, type Share } from './mounting.js';
import { SambaServer } from './samba-server.js';
import { SshServer } from './ssh-server.js';

/** What serves the shares of one kind, and how a folder is mounted from it. */
interface Server {
  start(): Promise<void>;
  share(name: string, source: string, at: string): Share;
  stop(): Promise<void>;
}

export interface ShareKind {
  readonly name: string;
  /** How the watcher must choose to look at it by itself. */
  readonly mode: 'events' | 'poll';
  /** @param sources folder that holds the source of every share */
  readonly server: (place: string, sources: string) => Server;
}

const nothing = { start: () => Promise.resolve(), stop: () => Promise.resolve() };

export const SHARE_KINDS: readonly ShareKind[] = [
  {
    name: 'a file system with events',
    mode: 'events',
    server: () => ({ ...nothing, share: (_name, source, at) => new BindShare(source, at) }),
  },
  {
    name: 'bindfs',
    mode: 'poll',
    server: () => ({
      ...nothing,
      share: (_name, source, at) =>
        new FuseShare(source, at, '', { command: 'bindfs', args: ['-f', '--no-allow-other', source, at] }),
    }),
  },
  {
    name: 'sshfs',
    mode: 'poll',
    server: (place) => {
      const server = new SshServer(join(place, 'sshd'));
      return {
        start: () => server.start(),
        stop: () => server.stop(),
        // Without dir_cache=no it shows a listing for 20 s after it was made, whatever happens behind it.
        share: (_name, source, at) =>
          new FuseShare(source, at, '', {
            command: 'sshfs',
            args: ['-f', ...server.clientArgs(), '-o', 'dir_cache=no', `127.0.0.1:${source}`, at],
          }),
      };
    },
  },
  {
    name: 'smbnetfs',
    mode: 'poll',
    server: (place, sources) => {
      const server = new SambaServer(join(place, 'smbd'), sources);
      return {
        start: () => server.start(),
        stop: () => server.stop(),
        share: (name, source, at) =>
          new FuseShare(source, at, join(SambaServer.BELOW, name), {
            command: 'smbnetfs',
            args: ['-f', at],
            env: { HOME: server.home },
          }),
      };
    },
  },
];

/** The shares of one kind at one place, with what serves them; `close` leaves nothing mounted and nothing running. */
export class Shares {
  readonly #server: Server;
  readonly #mounted: Share[] = [];

  constructor(
    kind: ShareKind,
    private readonly place: string,
  ) {
    mkdirSync(this.#sources, { recursive: true });
    this.#server = kind.server(place, this.#sources);
  }

  get #sources(): string {
    return join(this.place, 'sources');
  }

  start(): Promise<void> {
    return this.#server.start();
  }

  async mount(name: string): Promise<Share> {
    const source = join(this.#sources, name);
    mkdirSync(source, { recursive: true });
    const share = this.#server.share(name, source, join(this.place, `mounted-${name}`));
    this.#mounted.push(share);
    await share.mount();
    return share;
  }

  async close(): Promise<void> {
    const ends = await Promise.allSettled(this.#mounted.map((share) => share.unmount()));
    await this.#server.stop();
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed !== undefined) throw new Error('a share could not be unmounted', { cause: failed.reason });
  }
}
