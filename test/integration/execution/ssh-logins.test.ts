import { expect } from 'chai';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { SshHost } from '../../../src/adapters/hosts/ssh/ssh-host.js';
import { DirectScheduler } from '../../../src/adapters/schedulers/direct-scheduler.js';
import { SystemClock } from '../../../src/adapters/system-clock/system-clock.js';
import type { JobHandle } from '../../../src/domain/beam.js';
import { loginWith, ODD_SHELLS } from '../../mounts/login-shells.js';
import { SshServer, type Logins } from '../../mounts/ssh-server.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';

/** More than goes through the agent's own channel, so that each way of moving a file is taken. */
const LARGE_BYTES = 17 * 2 ** 20;
const never = new AbortController().signal;

describe('logins as they are found on other machines', () => {
  const folder = tempFolder();
  const clock = new SystemClock();
  let server: SshServer | null = null;
  let host: SshHost | null = null;
  afterEach(async () => {
    host?.close();
    await server?.stop();
  });

  async function reachBy(logins: Partial<Logins>): Promise<SshHost> {
    server = new SshServer(join(folder.path, 'sshd'), { user: userInfo().username, config: [], ...logins });
    await server.start();
    host = new SshHost({ name: 'far', ...server.reach }, clock);
    return host;
  }

  /** @param rc what the login's own files do before our command */
  function reach(rc: string): Promise<SshHost> {
    const script = join(folder.path, 'login.sh');
    writeFileSync(script, `${rc}\neval "$SSH_ORIGINAL_COMMAND"\n`);
    return reachBy({ config: [`ForceCommand exec bash ${script}`] });
  }

  function largeFile(): { from: string; sha256: string } {
    const from = join(folder.path, 'large');
    const bytes = randomBytes(LARGE_BYTES);
    writeFileSync(from, bytes);
    return { from, sha256: createHash('sha256').update(bytes).digest('hex') };
  }

  const NOISY = `echo Welcome; echo "ok"; echo warning >&2; printf 'Last login: yesterday'`;
  it('one that prints what it likes, even without a line end, disturbs neither programs nor files', async () => {
    await movesFilesAndRunsPrograms(await reach(NOISY));
  });

  async function movesFilesAndRunsPrograms(far: SshHost): Promise<void> {
    await far.makeFolder(join(folder.path, 'there'));
    const { from, sha256 } = largeFile();
    const there = (name: string): string => join(folder.path, 'there', name);
    expect(await far.run(['sh', '-c', 'echo hi; echo oh >&2; exit 3'], 10_000)).to.deep.equal({
      how: 'exited',
      code: 3,
      stdout: 'hi\n',
      stderr: 'oh\n',
    });
    await far.files.send(from, there('one'), sha256, never);
    await far.files.sendMany([{ from, to: there('two'), sha256 }], never);
    await far.files.fetch(there('two'), join(folder.path, 'back'), sha256, never);
    for (const path of [there('one'), there('two'), join(folder.path, 'back')]) {
      expect(readFileSync(path).equals(readFileSync(from)), path).to.equal(true);
    }
  }

  for (const shell of ODD_SHELLS) {
    const reachIt = (): Promise<SshHost> => reachBy({ login: loginWith(shell, join(folder.path, 'home')) });

    it(`one whose shell is ${shell}, with files of its own for it, is as any other: programs, large files, odd names`, async () => {
      const far = await reachIt();
      await movesFilesAndRunsPrograms(far);
      const shellOfLogin = ['sh', '-c', 'echo "$SHELL"; echo "$GREETED"'];
      expect(await far.run(shellOfLogin, 10_000)).to.include({ stdout: `/usr/bin/${shell}\n${shell}\n` });
      const odd = join(folder.path, `a "b" 'c' $(id) (id) !! !x \`id\` {a,b} ~ \\ * ? [x] ^ & ; # % \n\\0101 ü`);
      await far.makeFolder(odd);
      const words = ['', 'a b', `'"$x`, '!!', '(id)', '{a,b}', '*', odd];
      expect(await far.createExclusive(join(odd, '-n'), words.join('\n'))).to.equal(true);
      expect(readFileSync(join(odd, '-n'), 'utf8')).to.equal(words.join('\n'));
      expect(await far.run(['printf', '%s|', ...words], 10_000)).to.include({
        stdout: words.map((w) => `${w}|`).join(''),
      });
    });

    it(`one whose shell is ${shell}: a job runs with its arguments, and its end is known; one that shall end does`, async () => {
      const direct = new DirectScheduler(await reachIt(), clock, { pollMs: 300 });
      const at = (name: string): string => join(folder.path, name);
      const submit = (name: string, script: string): Promise<JobHandle> =>
        direct.submit({
          folder: at(name),
          argv: ['sh', '-c', script, 'sh', '!a (b) $c'],
          env: { MQI: 'd !e' },
          gpuUuids: [],
        });
      const limits = { timeoutMs: 60_000, stallMs: 60_000 };
      const job = await submit('one', 'echo "$1 $MQI" > seen; exit 7');
      expect(await direct.wait(job, limits, { onLine: () => undefined }, never)).to.include({ code: 7 });
      expect(readFileSync(join(at('one'), 'seen'), 'utf8')).to.equal('!a (b) $c d !e\n');
      const doomed = await submit('two', 'sleep 60');
      expect(await direct.isRunning(doomed)).to.equal(true);
      await direct.kill(doomed, 1_000);
      expect(await direct.isRunning(doomed)).to.equal(false);
    });
  }

  for (const [what, logins] of [
    ['has no shell', { login: { shell: '/usr/sbin/nologin', home: '/' } }],
    ['serves files alone', { config: ['ForceCommand internal-sftp'] }],
  ] as const) {
    it(`one that ${what} says so: it is not that nobody answers`, async () => {
      const error = await rejection((await reachBy(logins)).makeFolder(join(folder.path, 'there')));
      expect(error).to.include({ code: 'host.unreachable', severity: 'transient' });
      expect((error as Error).message).to.contain('its login ends without running our commands');
    });
  }

  it('files of patients are closed to others there, also where the login leaves all open', async () => {
    const far = await reach('umask 000');
    const { from, sha256 } = largeFile();
    const small = join(folder.path, 'small');
    writeFileSync(small, 'x');
    const there = join(folder.path, 'there');
    await far.files.send(from, join(there, 'a', 'large'), sha256, never);
    await far.files.sendMany([{ from, to: join(there, 'b', 'large'), sha256 }], never);
    await far.files.send(small, join(there, 'c', 'small'), createHash('sha256').update('x').digest('hex'), never);
    await far.run(['touch', join(there, 'made')], 10_000);
    const open = [there, ...readdirSync(there, { recursive: true }).map((name) => join(there, String(name)))].filter(
      (path) => (statSync(path).mode & 0o027) !== 0,
    );
    expect(open).to.deep.equal([]);
  });

  it('one connection serves all calls, also where the folder for temporary files has a long name', async () => {
    const far = await reach(`echo login >> ${join(folder.path, 'logins')}`);
    const before = process.env['TMPDIR'];
    const long = join(folder.path, 'x'.repeat(90));
    mkdirSync(long);
    process.env['TMPDIR'] = long;
    try {
      await far.reach();
      for (let call = 0; call < 3; call++) await far.run(['true'], 10_000);
    } finally {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
    }
    const sessions = readFileSync(join(folder.path, 'logins'), 'utf8').split('\n').length - 1;
    expect(sessions, 'agents and programs').to.equal(5);
    expect(server?.connections(), 'connections').to.equal(1);
  });
});
