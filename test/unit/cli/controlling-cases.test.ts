import { expect } from 'chai';
import { aCase } from '../../builders/a-case.js';
import { ACommandLine } from '../../builders/a-command-line.js';

function twoFailed(): ACommandLine {
  const line = new ACommandLine();
  const { cases } = line.tables;
  cases.set('f1', aCase({ id: 'f1', folder: 'one', state: 'failed' }));
  cases.set('f2', aCase({ id: 'f2', folder: 'two', state: 'failed' }));
  cases.set('h1', aCase({ id: 'h1', folder: 'three', heldBecause: 'ask' }));
  return line;
}
const retried = (line: ACommandLine): unknown[] => line.control.asked.map(([, id]) => id);

describe('mqi retry', () => {
  it('retries the cases named, each once, and prints them', async () => {
    const line = twoFailed();
    const { exit, out } = await line.type('retry', 'f1', 'one', 'f2', '--json');
    expect(exit).to.equal(0);
    expect(retried(line)).to.deep.equal(['f1', 'f2']);
    expect((JSON.parse(out) as { cases: unknown[] }).cases).to.have.length(2);
  });

  it('passes on which beam and from which step', async () => {
    const line = twoFailed();
    await line.type('retry', 'f1', '--beam', '0', '--from', 'simulate');
    expect(line.control.asked).to.deep.equal([['retry', 'f1', { beamNumber: 0, from: 'simulate' }, 'cli:tester']]);
    await line.type('retry', 'f1', '--from', 'deliver');
    expect(line.control.asked.at(-1)).to.deep.equal(['retry', 'f1', { from: 'upload' }, 'cli:tester']);
  });

  it('retries all failed ones, but no older run of a folder that came again', async () => {
    const line = twoFailed();
    line.tables.cases.set('f2b', aCase({ id: 'f2b', folder: 'two', run: 2, state: 'completed' }));
    await line.type('retry', '--failed');
    expect(retried(line)).to.deep.equal(['f1']);
  });

  it('retries all held ones', async () => {
    const line = twoFailed();
    await line.type('retry', '--held');
    expect(retried(line)).to.deep.equal(['h1']);
  });

  it('does nothing at all where one of the names fits no case', async () => {
    const line = twoFailed();
    expect((await line.type('retry', 'f1', 'zzz')).exit).to.equal(3);
    expect(retried(line)).to.deep.equal([]);
  });

  it('goes on with the others where one refuses, and ends with 4', async () => {
    const line = twoFailed();
    line.control.refuse('f1');
    const { exit, out, err } = await line.type('retry', 'f1', 'f2', '--json');
    expect(exit).to.equal(4);
    expect(retried(line)).to.deep.equal(['f2']);
    expect(err).to.equal('mqi: case f1: it is completed already; look at it with: mqi case ID\n');
    expect((JSON.parse(out) as { cases: { id: string }[] }).cases.map(({ id }) => id)).to.deep.equal(['f2']);
  });

  it('wants either ids or a choice of all, and one id with a beam', async () => {
    const line = twoFailed();
    for (const argv of [[], ['f1', '--failed'], ['--failed', '--beam', '1'], ['f1', 'f2', '--beam', '1']]) {
      expect((await line.type('retry', ...argv)).exit, argv.join(' ')).to.equal(2);
    }
    expect(retried(line)).to.deep.equal([]);
  });
});

describe('manual control', () => {
  it('holds with a reason, resumes, cancels and sets priority in the name of the user', async () => {
    const line = twoFailed();
    await line.type('hold', 'f1', '--reason', 'wait for the CT');
    await line.type('resume', 'f1');
    await line.type('priority', 'f1', '-5');
    await line.type('cancel', 'two');
    expect(line.control.asked).to.deep.equal([
      ['hold', 'f1', 'wait for the CT', 'cli:tester'],
      ['resume', 'f1', 'cli:tester'],
      ['priority', 'f1', -5, 'cli:tester'],
      ['cancel', 'f2', 'cli:tester'],
    ]);
  });

  it('prints the case as it is afterwards', async () => {
    const { out } = await twoFailed().type('cancel', 'h1', '--json');
    expect(JSON.parse(out)).to.include({ id: 'h1', state: 'cancelled' });
  });

  it('ends with 4 where the state does not allow it, and with nothing on stdout', async () => {
    const line = twoFailed();
    line.control.refuse('f1', 'it is not held');
    const { exit, out, err } = await line.type('resume', 'f1', '--json');
    expect([exit, out]).to.deep.equal([4, '']);
    expect(err).to.match(/^mqi: case f1: it is not held; [^\n]+\n$/);
  });

  it('ends with 3 for a case that is not there', async () => {
    for (const argv of [
      ['resume', 'z'],
      ['cancel', 'z'],
      ['priority', 'z', '1'],
      ['hold', 'z', '--reason', 'x'],
    ]) {
      expect((await twoFailed().type(...argv)).exit, argv.join(' ')).to.equal(3);
    }
  });

  it('hands in a folder as it was named where it does not lie here', async () => {
    const line = twoFailed();
    expect((await line.type('submit', 'lung 7')).exit).to.equal(0);
    expect(line.control.asked).to.deep.equal([['submit', 'lung 7', 'cli:tester']]);
  });
});

describe('mqi db', () => {
  it('names the migrations applied', async () => {
    const line = new ACommandLine();
    line.database.applied = ['First1'];
    expect(JSON.parse((await line.type('db', 'migrate', '--json')).out)).to.deep.equal({ applied: ['First1'] });
  });

  it('writes a backup to a file named from here', async () => {
    const line = new ACommandLine();
    expect((await line.type('db', 'backup', 'b.sqlite')).exit).to.equal(0);
    expect(line.database.backups).to.deep.equal(['/nowhere/b.sqlite']);
  });

  it('ends with 1 where the database is not sound, and says what is wrong', async () => {
    const line = new ACommandLine();
    expect((await line.type('db', 'check')).exit).to.equal(0);
    line.database.problems = ['row 7 is missing from an index'];
    const { exit, out } = await line.type('db', 'check', '--json');
    expect([exit, JSON.parse(out)]).to.deep.equal([1, { sound: false, problems: ['row 7 is missing from an index'] }]);
  });
});
