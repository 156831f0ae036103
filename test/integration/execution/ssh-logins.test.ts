import { expect } from 'chai';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { SshHost } from '../../../src/adapters/hosts/ssh/ssh-host.js';
import { SystemClock } from '../../../src/adapters/system-clock/system-clock.js';
import { SshServer } from '../../mounts/ssh-server.js';
import { tempFolder } from '../../temp-folder.js';

/** More than goes through the agent's own channel, so that each way of moving a file is taken. */
const LARGE_BYTES = 17 * 2 ** 20;
const never = new AbortController().signal;

describe('logins as they are found on other machines', () => {
  const folder = tempFolder();
  let server: SshServer | null = null;
  let host: SshHost | null = null;
  afterEach(async () => {
    host?.close();
    await server?.stop();
  });

  /** @param rc what the login's own files do before our command */
  async function reach(rc: string): Promise<SshHost> {
    const script = join(folder.path, 'login.sh');
    writeFileSync(script, `${rc}\neval "$SSH_ORIGINAL_COMMAND"\n`);
    const config = [`ForceCommand exec bash ${script}`];
    server = new SshServer(join(folder.path, 'sshd'), { user: userInfo().username, config });
    await server.start();
    host = new SshHost({ name: 'far', ...server.reach }, new SystemClock());
    return host;
  }

  function largeFile(): { from: string; sha256: string } {
    const from = join(folder.path, 'large');
    const bytes = randomBytes(LARGE_BYTES);
    writeFileSync(from, bytes);
    return { from, sha256: createHash('sha256').update(bytes).digest('hex') };
  }

  const NOISY = `echo Welcome; echo "ok"; echo warning >&2; printf 'Last login: yesterday'`;
  it('one that prints what it likes, even without a line end, disturbs neither programs nor files', async () => {
    const far = await reach(NOISY);
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
  }).timeout(20_000);

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
  }).timeout(20_000);

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
  }).timeout(20_000);
});
