import { expect } from 'chai';
import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { SshHost } from '../../src/adapters/hosts/ssh/ssh-host.js';
import { StarterProcess } from '../../src/adapters/hosts/starter-process.js';
import { LocalHost } from '../../src/adapters/hosts/local-host.js';
import type { Host, ProcessIdentity } from '../../src/ports/host.js';
import { SystemClock } from '../../src/adapters/system-clock/system-clock.js';
import { loginWith, ODD_SHELLS, type OddShell } from '../mounts/login-shells.js';
import { SshServer } from '../mounts/ssh-server.js';
import { FakeHost } from '../fakes/fake-host.js';
import { removeFolder } from '../remove-folder.js';
import { tempFolder } from '../temp-folder.js';
import { until } from '../until.js';

interface Made {
  readonly host: Host;
  readonly write: (path: string, text: string) => void;
  readonly append: (path: string, text: string) => void;
}

interface Kind {
  readonly name: string;
  readonly make: () => Made;
  readonly open?: () => Promise<void>;
  readonly close?: () => Promise<void>;
}

/**
 * A real sshd on this machine, so that the test can write the files of the far end itself.
 * @param shell the login shell there; by default the user's own
 */
function overSsh(shell?: OddShell): Kind {
  const place = mkdtempSync(join(tmpdir(), 'mqi-sshd-'));
  const odd = shell === undefined ? {} : { login: loginWith(shell, join(place, 'home')) };
  const server = new SshServer(place, { user: userInfo().username, config: [], ...odd });
  let host: SshHost | null = null;
  return {
    name: shell === undefined ? 'SshHost' : `SshHost, to whose user ${shell} is the shell`,
    open: () => server.start(),
    make: () => {
      host ??= new SshHost({ name: 'far', ...server.reach }, new SystemClock());
      return { host, write: writeFileSync, append: appendFileSync };
    },
    close: async () => {
      host?.close();
      await server.stop();
      removeFolder(place);
    },
  };
}

/** Programs are started by a process of their own, once that is there. */
function byStarter(): Kind {
  const starter = new StarterProcess({});
  return {
    name: 'LocalHost with a starter',
    open: async () => {
      await starter.run(['true'], {}, 1_000);
      await until('the starter can be asked', () => starter.pid !== null);
    },
    make: () => ({ host: new LocalHost('local', starter), write: writeFileSync, append: appendFileSync }),
  };
}

const KINDS: readonly Kind[] = [
  { name: 'LocalHost', make: () => ({ host: new LocalHost(), write: writeFileSync, append: appendFileSync }) },
  {
    name: 'FakeHost',
    make: () => {
      const host = new FakeHost();
      return { host, write: host.write.bind(host), append: host.append.bind(host) };
    },
  },
  byStarter(),
  overSsh(),
  ...ODD_SHELLS.map(overSsh),
];

for (const kind of KINDS) {
  describe(`the contract of a host: ${kind.name}`, () => {
    const folder = tempFolder();
    if (kind.open !== undefined) before(kind.open);
    if (kind.close !== undefined) after(kind.close);
    const never = new AbortController().signal;
    let made: Made;
    let started: ProcessIdentity[] = [];
    beforeEach(() => {
      made = kind.make();
      started = [];
    });
    afterEach(async () => {
      for (const identity of started) await made.host.signalGroup(identity, 'SIGKILL');
    });
    const start = async (onExit: () => void = () => undefined): Promise<ProcessIdentity> => {
      const request = { folder: folder.path, argv: ['sleep', '60'], env: {}, logName: 'engine.log' };
      const identity = await made.host.startDetached(request, onExit);
      started.push(identity);
      return identity;
    };

    it('knows a process it started as alive, and says when it has ended', async () => {
      let ended = false;
      const identity = await start(() => {
        ended = true;
      });
      expect(await made.host.isAlive(identity)).to.equal(true);
      expect(await made.host.cpuSeconds(identity)).to.be.a('number');
      expect(await made.host.signalGroup(identity, 'SIGKILL')).to.equal(true);
      await until('the exit is told', () => ended);
      expect(await made.host.isAlive(identity)).to.equal(false);
      expect(await made.host.cpuSeconds(identity)).to.equal(null);
      expect(await made.host.signalGroup(identity, 'SIGKILL')).to.equal(false);
    });

    it('takes a process with the same number but another start time or boot for a stranger, and never signals it', async () => {
      const identity = await start();
      for (const stranger of [
        { ...identity, startTicks: '1' },
        { ...identity, bootId: 'another boot' },
      ]) {
        expect(await made.host.isAlive(stranger)).to.equal(false);
        expect(await made.host.cpuSeconds(stranger)).to.equal(null);
        expect(await made.host.signalGroup(stranger, 'SIGKILL')).to.equal(false);
      }
      expect(await made.host.isAlive(identity)).to.equal(true);
    });

    it('runs a command that is not there to a plain answer', async () => {
      expect(await made.host.run([join(folder.path, 'no-such-program')], 20_000)).to.deep.equal({ how: 'not-found' });
    });

    it('creates a file for one caller only and leaves the first content', async () => {
      const path = join(folder.path, 'job.json');
      const answers = await Promise.all(['a', 'b', 'c'].map((text) => made.host.createExclusive(path, text)));
      expect(answers.filter(Boolean)).to.have.length(1);
      expect(await made.host.readText(path)).to.equal('abc'[answers.indexOf(true)]);
      expect(await made.host.createExclusive(path, 'd')).to.equal(false);
    });

    it('gives null for a file that is not there', async () => {
      expect(await made.host.readText(join(folder.path, 'none'))).to.equal(null);
      expect(await made.host.readFrom(join(folder.path, 'none'), 0, 10)).to.equal(null);
    });

    it('reads a growing file from where it stopped', async () => {
      const path = join(folder.path, 'engine.log');
      made.write(path, 'first');
      expect(String(await made.host.readFrom(path, 0, 100))).to.equal('first');
      made.append(path, ' second');
      expect(String(await made.host.readFrom(path, 5, 100))).to.equal(' second');
      expect(String(await made.host.readFrom(path, 5, 3))).to.equal(' se');
      expect(String(await made.host.readFrom(path, 50, 3))).to.equal('');
    });

    it('makes a folder, and is content if it is there', async () => {
      await made.host.makeFolder(join(folder.path, 'a', 'b'));
      await made.host.makeFolder(join(folder.path, 'a', 'b'));
    });

    it('wakes when a file in the folder appears, when the time is up, and on abort', async () => {
      const changed = made.host.folderChanged(folder.path, 20_000, never);
      // As whoever waits does: what is there already is looked for when the watch is on.
      expect(await made.host.readText(join(folder.path, 'exit.code'))).to.equal(null);
      made.write(join(folder.path, 'exit.code'), '0');
      await changed;
      await made.host.folderChanged(folder.path, 1, never);
      const stop = new AbortController();
      const waiting = made.host.folderChanged(folder.path, 20_000, stop.signal);
      stop.abort();
      await waiting;
    });
  });
}
