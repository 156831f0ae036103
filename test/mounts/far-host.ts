import { join } from 'node:path';
import { SshHost } from '../../src/adapters/hosts/ssh/ssh-host.js';
import { SystemClock } from '../../src/adapters/system-clock/system-clock.js';
import { SshServer } from './ssh-server.js';

/** A real sshd, and a host that is reached by it. */
export interface FarHost {
  readonly clock: SystemClock;
  server: SshServer;
  host: SshHost;
  /** Ends the connection; the next call begins another. */
  connectAgain(): void;
}

/** Anew for each test of the surrounding suite, below its temp folder. Call inside `describe`, after the folder. */
export function farHost(folder: { readonly path: string }): FarHost {
  const clock = new SystemClock();
  const far = {
    clock,
    connectAgain: () => {
      far.host.close();
      far.host = new SshHost({ name: 'far', ...far.server.reach }, clock);
    },
  } as FarHost;
  beforeEach(async () => {
    far.server = new SshServer(join(folder.path, 'sshd'));
    await far.server.start();
    far.host = new SshHost({ name: 'far', ...far.server.reach }, clock);
  });
  afterEach(async () => {
    far.host.close();
    await far.server.stop();
  });
  return far;
}
