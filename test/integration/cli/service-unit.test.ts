import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { Host } from '../../../src/ports/host.js';
import { ACommandLine } from '../../builders/a-command-line.js';
import { FakeHost } from '../../fakes/fake-host.js';
import { tempFolder } from '../../temp-folder.js';

const call = promisify(execFile);

describe('mqi service', () => {
  const folder = tempFolder();
  const commandLine = (): ACommandLine => {
    const line = new ACommandLine();
    line.cwd = folder.path;
    return line;
  };
  const values = (unit: string, key: string): readonly string[] =>
    unit.split('\n').flatMap((text) => (text.startsWith(`${key}=`) ? [text.slice(key.length + 1)] : []));

  it('makes a unit that systemd accepts, also with spaces, quotes and percent signs in paths', async () => {
    const config = join(folder.path, 'our "50 %" $HOME.yaml');
    writeFileSync(config, JSON.stringify({ uploads: [{ name: 'share', kind: 'folder', path: '/mnt/results' }] }));
    const root = join(folder.path, 'all cases');
    const file = join(folder.path, 'mqi.service');
    const where = ['--config', config, '--root', root, '--folder', folder.path, '--user', 'daemon'];
    expect((await commandLine().type('service', 'install', ...where)).exit).to.equal(0);
    const { stdout, stderr } = await call('systemd-analyze', ['verify', '--man=no', '--recursive-errors=no', file]);
    expect(stdout + stderr).to.equal('');
    expect(values(readFileSync(file, 'utf8'), 'ExecStart')[0]).to.contain(String.raw`/our \"50 %%\" $$HOME.yaml"`);
  });

  it('lets the service write to its root, its targets and what it is told, and to no inbox', async () => {
    const config = join(folder.path, 'mqi.yaml');
    const uploads = [
      { name: 'outbox', kind: 'folder', path: 'outbox' },
      { name: 'share', kind: 'folder', path: '/mnt/results' },
    ];
    writeFileSync(config, JSON.stringify({ root: '/var/lib/mqi', uploads, database: { path: '/var/db/mqi.sqlite' } }));
    const { out } = await commandLine().type('service', 'print', '--config', config, '--writable', '/scratch');
    expect(values(out, 'ReadWritePaths')).to.deep.equal([
      '"/var/lib/mqi" "/tmp" "/var/tmp" "-/var/db" "-/mnt/results" "-/scratch"',
    ]);
    expect(values(out, 'ReadOnlyPaths')).to.deep.equal(['"-/var/lib/mqi/inbox"']);
    expect(values(out, 'User')).to.deep.equal(['mqi']);
  });

  it('leaves engines running, starts anew after a crash but not with a wrong configuration, and hardens', async () => {
    const { out } = await commandLine().type('service', 'print');
    const kept = ['KillMode', 'Type', 'Restart', 'RestartPreventExitStatus', 'NoNewPrivileges', 'ProtectSystem'];
    expect(kept.map((key) => values(out, key)[0])).to.deep.equal([
      'process',
      'notify',
      'on-failure',
      '2',
      'yes',
      'strict',
    ]);
    const file = join(folder.path, 'hard.service');
    writeFileSync(file, out);
    const { stdout } = await call('systemd-analyze', ['security', '--offline=yes', '--no-pager', file]);
    const level = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1]);
    expect(level).to.be.below(5);
  });

  it('replaces its own unit, never one of somebody else, and removes only its own', async () => {
    const place = ['--folder', folder.path];
    const file = join(folder.path, 'mqi.service');
    writeFileSync(file, '[Service]\nExecStart=/bin/true\n');
    for (const act of ['install', 'uninstall'])
      expect(await commandLine().type('service', act, ...place)).to.deep.include({
        exit: 1,
        err: `mqi: ${file} was not made by mqi; give another --name, or move that file away\n`,
      });
    const other = [...place, '--name', 'mqi-test'];
    await commandLine().type('service', 'install', ...other);
    await commandLine().type('service', 'install', ...other, '--user', 'physics');
    expect(readFileSync(join(folder.path, 'mqi-test.service'), 'utf8')).to.contain('\nUser=physics\n');
    expect((await commandLine().type('service', 'uninstall', ...other)).exit).to.equal(0);
    expect([existsSync(file), existsSync(join(folder.path, 'mqi-test.service'))]).to.deep.equal([true, false]);
  });

  it('refuses an account this machine does not have, and says how to make it', async () => {
    const host = new FakeHost();
    host.answers = () => ({ how: 'exited', code: 1, stdout: '', stderr: 'no such user' });
    const line = commandLine().with(Host, host);
    const { exit, err } = await line.type('service', 'install', '--name', 'mqi-of-a-test', '--user', 'nobody-here');
    expect(exit).to.equal(1);
    expect(err).to.contain('this machine has no account nobody-here; make one: useradd --system');
    expect(host.commands).to.deep.equal([['id', '-u', 'nobody-here']]);
  });

  it('names what came from variables of the one who installs it, since the service does not have them', async () => {
    const line = commandLine();
    line.env = { MQI_PROCESSING_MAX_RETRIES: '7' };
    const { out } = await line.type('service', 'install', '--folder', folder.path);
    expect(out).to.contain('processing.maxRetries came from a variable of yours: put it into /etc/mqi/mqi.env');
  });

  it('refuses a path with a line break, which would be a line of the unit', async () => {
    const { exit, err } = await commandLine().type('service', 'print', '--root', '/data\nExecStartPre=/bin/sh');
    expect([exit, err]).to.deep.equal([
      1,
      'mqi: a path of the configuration has a control character, which a unit cannot hold; rename that folder or file\n',
    ]);
  });
});
