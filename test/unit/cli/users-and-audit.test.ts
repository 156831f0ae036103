import { expect } from 'chai';
import { ACommandLine } from '../../builders/a-command-line.js';

const PASSWORD = 'correct horse battery';

describe('mqi user', () => {
  let line: ACommandLine;
  beforeEach(async () => {
    line = new ACommandLine();
    await line.users.add({ name: 'oskar', role: 'operator', password: PASSWORD });
  });

  it('adds a user with a password that comes in, and writes down who did it', async () => {
    line.secrets = [PASSWORD];
    const { exit, out } = await line.type('user', 'add', 'Vera', '--role', 'viewer', '--json');
    expect(exit).to.equal(0);
    expect(JSON.parse(out)).to.include({ name: 'vera', role: 'viewer', hasPassword: true });
    expect(out).not.to.contain(PASSWORD);
    expect(await line.users.withPassword('vera', PASSWORD)).to.include({ name: 'vera' });
    expect(line.audit.lines).to.deep.equal([
      'cli:tester user-add asked {"role":"viewer","user":"vera"}',
      'cli:tester user-add done {"role":"viewer","user":"vera"}',
    ]);
  });

  it('asks twice at a terminal, and takes nothing where the two differ', async () => {
    line.interactive = true;
    line.secrets = [PASSWORD, 'another'];
    expect((await line.type('user', 'password', 'oskar')).exit).to.equal(2);
    expect(line.audit.lines).to.deep.equal([]);
    line.secrets = ['another good password', 'another good password'];
    expect((await line.type('user', 'password', 'oskar')).exit).to.equal(0);
    expect(await line.users.withPassword('oskar', 'another good password')).to.include({ name: 'oskar' });
  });

  it('takes no password as an argument', async () => {
    expect((await line.type('user', 'add', 'eve', PASSWORD, '--role', 'viewer')).exit).to.equal(2);
    expect((await line.type('user', 'add', 'eve', '--role', 'viewer', '--password', PASSWORD)).exit).to.equal(2);
    expect(await line.users.find('eve')).to.equal(null);
  });

  it('adds one without password for a trusted proxy, lists, gives another role and removes', async () => {
    await line.type('user', 'add', 'adam', '--role', 'admin', '--no-password');
    expect((await line.type('user', 'list')).out).to.match(/adam +admin +no +.*\noskar +operator +yes/);
    expect((await line.type('user', 'role', 'oskar', 'viewer')).out).to.equal('oskar  viewer\n');
    expect((await line.type('user', 'remove', 'adam')).exit).to.equal(0);
    const { users } = JSON.parse((await line.type('user', 'list', '--json')).out) as { users: { name: string }[] };
    expect(users.map(({ name }) => name)).to.deep.equal(['oskar']);
    expect(line.audit.lines.filter((text) => text.includes('done'))).to.have.length(3);
  });

  it('refuses what cannot be, saying so, and writes down that it was tried', async () => {
    line.secrets = ['short'];
    const { exit, err } = await line.type('user', 'password', 'oskar');
    expect(exit).to.equal(1);
    expect(err).to.match(/^mqi: too short/);
    expect((await line.type('user', 'role', 'oskar', 'king')).exit).to.equal(2);
    expect((await line.type('user', 'add', 'eve')).exit, 'no role').to.equal(2);
    expect(line.audit.lines.at(-1)).to.equal(
      'cli:tester user-password refused {"code":"users.weak-password","user":"oskar"}',
    );
  });

  it('changes nothing where that cannot be written down', async () => {
    line.audit.failure = new Error('the disk is full');
    expect((await line.type('user', 'remove', 'oskar')).exit).to.equal(1);
    expect(await line.users.find('oskar')).to.include({ name: 'oskar' });
  });
});

describe('mqi audit', () => {
  let line: ACommandLine;
  beforeEach(async () => {
    line = new ACommandLine();
    const done = { caseId: 'c1', result: 'done', detail: {} } as const;
    await line.audit.append({ ...done, actor: 'cli:anna', action: 'retry', detail: { from: 'simulate' } });
    await line.audit.append({ ...done, actor: 'web:adam', action: 'hold', caseId: 'c2' });
    await line.audit.append({ ...done, actor: '=cmd|x', action: 'login', caseId: null });
  });
  interface Listed {
    readonly entries: { readonly seq: number; readonly at: string; readonly hash: string }[];
  }

  it('lists who did what, newest first', async () => {
    const { out } = await line.type('audit', 'list', '--limit', '2');
    expect(out)
      .to.match(/ 3 .*login.*\n.* 2 .*web:adam +hold +c2 +done/)
      .and.not.to.contain('anna');
    const seqs = async (...options: string[]): Promise<number[]> =>
      (JSON.parse((await line.type('audit', 'list', '--json', ...options)).out) as Listed).entries.map(
        ({ seq }) => seq,
      );
    expect(await seqs()).to.deep.equal([3, 2, 1]);
    expect(await seqs('--case', 'c1')).to.deep.equal([1]);
    expect(await seqs('--actor', 'web:adam')).to.deep.equal([2]);
    expect((await line.type('audit', 'list', '--since', '1h')).out).to.equal('no entries\n');
  });

  it('exports all of it as CSV that no spreadsheet takes for formulas', async () => {
    const { out } = await line.type('audit', 'export', '--csv');
    const lines = out.split('\r\n');
    expect(lines[0]).to.equal('seq,at,actor,action,caseId,result,detail,previousHash,hash');
    expect(lines[1]).to.match(
      /^"1","1970-01-01T00:00:01\.000Z","cli:anna","retry","c1","done","\{""from"":""simulate""\}",/,
    );
    expect(lines[3]).to.contain(`"'=cmd|x"`);
    expect(lines).to.have.length(5);
  });

  it('exports all of it as one JSON document, oldest first', async () => {
    const { entries } = JSON.parse((await line.type('audit', 'export', '--json')).out) as Listed;
    expect(entries.map(({ seq, hash }) => [seq, hash])).to.deep.equal(
      line.audit.rows.map(({ seq, hash }) => [seq, hash]),
    );
    expect((await line.type('audit', 'export')).exit).to.equal(2);
    expect((await line.type('audit', 'export', '--csv', '--json')).exit).to.equal(2);
  });

  it('says that the chain is sound, and what its head is', async () => {
    const { exit, out } = await line.type('audit', 'verify');
    expect(exit).to.equal(0);
    const head = `3:${line.audit.rows[2]?.hash ?? ''}`;
    expect(out).to.equal(`sound: 3 rows, 3 of them noted elsewhere, head ${head}\n`);
    expect((await line.type('audit', 'verify', '--head', head)).exit).to.equal(0);
  });

  it('says what is wrong with it, and fails', async () => {
    line.audit.rows.splice(1, 1);
    const { exit, out } = await line.type('audit', 'verify', '--json');
    expect(exit).to.equal(1);
    expect(JSON.parse(out)).to.deep.include({ sound: false, findings: [{ seq: 3, what: 'row 2 is missing' }] });
    expect((await line.type('audit', 'verify')).out).to.equal('row 3: row 2 is missing\n');
    expect((await line.type('audit', 'verify', '--head', '3:xyz')).exit).to.equal(2);
  });
});
