import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { tempFolder } from '../temp-folder.js';

const SCRIPTS = fileURLToPath(new URL('../../../scripts/', import.meta.url));

interface Answer {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

describe('scripts for daily use', function () {
  this.timeout(60_000);
  const folder = tempFolder();

  const call = (script: string, ...args: string[]): Promise<Answer> =>
    new Promise((resolve) => {
      const env = { ...process.env, MQI_ROOT: join(folder.path, 'a root') };
      execFile(join(SCRIPTS, script), args, { cwd: folder.path, env }, (error, out, err) => {
        resolve({ exit: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, out, err });
      });
    });

  it('make a case in a folder whose name a shell would trip over', async () => {
    const name = "inbox of 'us' $(touch pwned)";
    const { exit, out } = await call('make-case.sh', name, '--no-ct', '--beams', '1', '--json');
    expect([exit, JSON.parse(out)]).to.deep.equal([0, { folder: join(folder.path, name) }]);
    expect(readdirSync(folder.path)).not.to.contain('pwned');
  });

  it('make a case that a service under another account can read, in an inbox that others cannot look into', async () => {
    const ours = process.umask(0o022);
    const called = call('make-case.sh', 'shared/inbox/case', '--no-ct', '--beams', '1');
    process.umask(ours);
    expect((await called).exit).to.equal(0);
    const mode = (path: string): string => (statSync(join(folder.path, path)).mode & 0o777).toString(8);
    expect(['shared', 'shared/inbox', 'shared/inbox/case', 'shared/inbox/case/RN.dcm'].map(mode)).to.deep.equal([
      ...['750', '750'],
      ...['755', '644'],
    ]);
  });

  it('list what waits and retry what failed, with options passed on', async () => {
    expect(JSON.parse((await call('list-waiting.sh', '--json')).out)).to.deep.equal({ cases: [] });
    expect(JSON.parse((await call('retry-failed.sh', '--json')).out)).to.deep.equal({ cases: [] });
  });

  it('copy the database into a file named after the time, or as it is told', async () => {
    expect((await call('backup.sh')).exit).to.equal(0);
    expect(readdirSync(folder.path).filter((name) => /^mqi-\d{8}-\d{6}\.sqlite$/.test(name))).to.have.length(1);
    expect((await call('backup.sh', 'my copy.sqlite')).exit).to.equal(0);
    expect(existsSync(join(folder.path, 'my copy.sqlite'))).to.equal(true);
  });

  it('say how they are called, and pass exit codes on', async () => {
    expect(await call('follow-case.sh')).to.include({ exit: 2, out: '' });
    expect((await call('follow-case.sh', 'nothing')).exit).to.equal(3);
  });
});
