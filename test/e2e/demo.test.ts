import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { tempFolder } from '../temp-folder.js';

const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
const call = promisify(execFile);

describe('npm run demo', () => {
  const folder = tempFolder();

  it('makes RT Dose of three beams, says where it is and leaves no process behind', async function () {
    this.timeout(120_000);
    const root = join(folder.path, 'demo root');
    const { stdout, stderr } = await call(process.execPath, [CLI, 'demo', '--root', root], {
      env: { ...process.env, MQI_WEB_PORT: 'nonsense of the user' },
    });
    expect(stderr).to.equal('');
    const doses = [...stdout.matchAll(/^ {2}(\/.*\.dcm)$/gm)].map(([, path]) => path ?? '');
    expect(doses.map((path) => path.slice(root.length))).to.deep.equal(
      ['001', '002', '003', 'plan'].map((name) => `/outbox/demo/RD.${name}.dcm`),
    );
    for (const path of doses) expect(existsSync(path), path).to.equal(true);
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.to.contain(root);

    const { stdout: json } = await call(process.execPath, [CLI, 'case', 'demo', '--root', root, '--json']);
    const view = JSON.parse(json) as { state: string; progress: number; beams: { state: string }[] };
    expect([view.state, view.progress]).to.deep.equal(['completed', 100]);
    expect(view.beams.map(({ state }) => state)).to.deep.equal(['converted', 'converted', 'converted']);
  });
});
