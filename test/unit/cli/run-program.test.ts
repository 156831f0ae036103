import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { operator } from '../../../src/domain/errors.js';
import { ACommandLine } from '../../builders/a-command-line.js';
import { tempFolder } from '../../temp-folder.js';

describe('the command line', () => {
  for (const [what, ...argv] of [
    ['an unknown command', 'frobnicate'],
    ['an unknown option', 'cases', '--frobnicate'],
    ['a state that does not exist', 'cases', '--state', 'running'],
    ['a limit that is no number', 'cases', '--limit', 'many'],
    ['a time it cannot read', 'cases', '--since', 'yesterday'],
    ['a missing id', 'case'],
    ['an id too many', 'case', 'a', 'b'],
    ['a hold without a reason', 'hold', 'c1'],
    ['a priority that is no number', 'priority', 'c1', 'high'],
    ['a step that does not exist', 'retry', 'c1', '--from', 'cook'],
  ] as const) {
    it(`ends with 2 and one line on stderr for ${what}`, async () => {
      const { exit, out, err } = await new ACommandLine().type(...argv);
      expect(exit).to.equal(2);
      expect(out).to.equal('');
      expect(err).to.match(/^mqi: [^\n]+; see: mqi --help\n$/);
    });
  }

  it('ends with 2 when the configuration is wrong, a line for each mistake, and opens nothing', async () => {
    const line = new ACommandLine();
    line.env = { MQI_WEB_PORT: '0.5', MQI_PROCESSING_MAX_RETRIES: '-1' };
    const { exit, out, err } = await line.type('cases');
    expect([exit, out]).to.deep.equal([2, '']);
    expect(err).to.match(/^mqi: [^\n]*web\.port[^\n]*mqi config check[^\n]*$/m);
    expect(err).to.match(/^mqi: [^\n]*processing\.maxRetries[^\n]*mqi config check[^\n]*$/m);
    expect(line.database.opened).to.equal(0);
  });

  it('ends with 1 when the database cannot be opened', async () => {
    const line = new ACommandLine();
    line.database.refusal = operator('database.newer', 'the database is newer than this program');
    expect((await line.type('cases')).exit).to.equal(1);
  });

  it('shows an unexpected failure without its own words, which might quote a patient', async () => {
    const line = new ACommandLine();
    line.buildFailure = new TypeError('DOE^JANE is not a function');
    const { exit, err } = await line.type('cases');
    expect(exit).to.equal(1);
    expect(err).to.match(/^mqi: unexpected TypeError; [^\n]+\n$/);
  });

  describe('where the configuration comes from', () => {
    const folder = tempFolder();

    it('takes --config and --root before the command and after it', async () => {
      const line = new ACommandLine();
      line.cwd = folder.path;
      writeFileSync(join(folder.path, 'a.yaml'), 'web:\n  port: 4711\n');
      await line.type('--config', 'a.yaml', '--root', 'r', 'cases');
      await line.type('cases', '--config', 'a.yaml', '--root', 'r');
      await line.type('db', 'check', '--config', 'a.yaml', '--root', 'r');
      const used = line.used.map(({ root, web }) => [root, web.port]);
      expect(used).to.deep.equal(Array.from({ length: 3 }, () => [join(folder.path, 'r'), 4711]));
    });
  });

  it('knows each command that the help names by that name alone, also after options of the program', async () => {
    const { out } = await new ACommandLine().type('--help');
    const names = [...out.matchAll(/^ {2}([a-z][a-z-]*) .*$/gm)].map(([, name = '']) => name);
    expect(names).to.include.members(['start', 'cases', 'support-bundle', 'demo']);
    for (const name of names.filter((each) => each !== 'help')) {
      const said = await new ACommandLine().type('--root', '/tmp', name, '--help');
      expect(said.exit, name).to.equal(0);
      expect(said.out, name).to.match(new RegExp(`^Usage: mqi ${name} `));
    }
  });

  it('explains itself on stdout and ends with 0 when asked for help', async () => {
    const { exit, out, err } = await new ACommandLine().type('retry', '--help');
    expect(exit).to.equal(0);
    expect(out).to.contain('--failed').and.to.contain('--config');
    expect(err).to.equal('');
  });

  it('closes the database also when the command fails', async () => {
    const line = new ACommandLine();
    expect((await line.type('case', 'nothing')).exit).to.equal(3);
    expect([line.database.opened, line.database.closed]).to.deep.equal([1, 1]);
  });
});

describe('mqi start', () => {
  it('ends as the service ends', async () => {
    const line = new ACommandLine();
    expect((await line.type('start')).exit).to.equal(0);
    line.serviceExit = 1;
    expect((await line.type('start', '--once')).exit).to.equal(1);
    expect(line.started).to.deep.equal([false, true]);
  });

  it('refuses at once where another service runs, unless it is told to wait', async () => {
    const line = new ACommandLine();
    await line.type('start');
    await line.type('start', '--wait', '90');
    expect(line.waited).to.deep.equal([0, 90_000]);
    expect((await line.type('start', '--wait', 'long')).exit).to.equal(2);
  });
});
