import { execFile } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';

const TOP = fileURLToPath(new URL('../../../', import.meta.url));
const call = promisify(execFile);

/** Node's packages that the product needs, without those of its development, by their names. */
function neededPackages(): readonly string[] {
  const { packages } = JSON.parse(readFileSync(join(TOP, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean }>;
  };
  return Object.entries(packages)
    .filter(([path, { dev }]) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && dev !== true)
    .map(([path]) => path.slice('node_modules/'.length))
    .filter((name) => existsSync(join(TOP, 'node_modules', name)));
}

/*
 * As an administrator lays it out, without a network: the packed files in a folder, the packages the product depends on
 * (links to ours) in it, and the command as a link to its script. npm's own part, fetching and compiling those
 * packages, is not tried here.
 */
describe('the package that npm pack makes', function () {
  this.timeout(90_000);
  let place = '';
  let installed = '';
  const mqi = (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
    call(join(place, 'bin', 'mqi'), args, { cwd: place, env: { ...process.env, MQI_WEB_ENABLED: 'false' } });

  before(async () => {
    place = mkdtempSync(join(tmpdir(), 'mqi-package-'));
    const { stdout } = await call('npm', ['pack', '--json', '--pack-destination', place], { cwd: TOP });
    const [packed] = Object.values(JSON.parse(stdout) as Record<string, { filename: string }>);
    await call('tar', ['-xzf', join(place, packed?.filename ?? ''), '-C', place]);
    installed = join(place, 'package');
    for (const name of neededPackages()) {
      const link = join(installed, 'node_modules', name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(TOP, 'node_modules', name), link);
    }
    mkdirSync(join(place, 'bin'));
    symlinkSync(join(installed, 'scripts', 'mqi.mjs'), join(place, 'bin', 'mqi'));
  });
  after(() => {
    rmSync(place, { recursive: true, force: true });
    // Packing removes it itself, unless it was interrupted; npm would install by it.
    rmSync(join(TOP, 'npm-shrinkwrap.json'), { force: true });
  });

  it('holds what is needed to run and to read, and neither sources nor tests', () => {
    const here = readdirSync(installed, { recursive: true }).map(String);
    const files = here.filter((path) => !path.startsWith('node_modules'));
    expect(files).to.include.members([
      'dist/page/index.html',
      'dist/program/program.js',
      'dist/program/LICENSES.txt',
      'dist/program/threads/dose.worker.js',
      'dist/program/threads/LICENSES.txt',
      'config/beam-models/generic.yaml',
      'config/mqi.yaml',
      'docs/operations.md',
      'scripts/retry-failed.sh',
      'README.md',
      'npm-shrinkwrap.json',
    ]);
    expect(files.filter((path) => /\.(ts|tsx|map)$|^(dist\/)?test\/|\.sqlite|^data\//.test(path))).to.deep.equal([]);
  });

  it('brings a lock that npm ci accepts for it, so that only tried versions are installed', async () => {
    const args = ['ci', '--omit=dev', '--dry-run', '--offline', '--ignore-scripts', '--no-audit', '--no-fund'];
    const bare = join(place, 'bare');
    mkdirSync(bare);
    for (const name of ['package.json', 'npm-shrinkwrap.json']) copyFileSync(join(installed, name), join(bare, name));
    expect((await call('npm', args, { cwd: bare })).stdout).to.match(/added \d+ packages/);
  });

  it('says in one line what to do where SQLite was not compiled, as by an npm that runs no scripts of packages', async () => {
    const link = join(installed, 'node_modules', 'sqlite3');
    rmSync(link);
    cpSync(join(TOP, 'node_modules', 'sqlite3', 'lib'), join(link, 'lib'), { recursive: true });
    copyFileSync(join(TOP, 'node_modules', 'sqlite3', 'package.json'), join(link, 'package.json'));
    for (const argv of [['start', '--once'], ['cases'], ['doctor']]) {
      const ended = await mqi(...argv).catch((failure: unknown) => failure as { code: number; stderr: string });
      expect(ended, argv.join(' ')).to.have.property('code', 1);
      expect(ended.stderr).to.match(/^mqi: the compiled part of SQLite is not there; run: npm rebuild sqlite3 .*\n$/);
    }
    rmSync(link, { recursive: true });
    symlinkSync(join(TOP, 'node_modules', 'sqlite3'), link);
  });

  it('says its version, checks a machine and calculates a case, without compiling or installing anything', async () => {
    const { version } = JSON.parse(readFileSync(join(TOP, 'package.json'), 'utf8')) as { version: string };
    expect((await mqi('--version')).stdout).to.equal(`${version}\n`);
    await mqi('make-case', 'data/inbox/case', '--no-ct', '--beams', '1', '--layers', '2', '--spots', '4');
    const doctor = JSON.parse((await mqi('doctor', '--json')).stdout) as { ok: boolean };
    expect(doctor).to.have.property('ok', true);
    const { stderr } = await mqi('start', '--once');
    expect(stderr).not.to.match(/installing|error/i);
    expect(readdirSync(join(place, 'data', 'outbox', 'case'))).to.include.members(['RD.001.dcm', 'RD.plan.dcm']);
    expect(existsSync(join(installed, 'node_modules', '.installed-from'))).to.equal(false);
  });
});
