import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { UsersFile } from '../../src/adapters/users/users-file.js';
import type { Users } from '../../src/ports/users.js';
import { FakeClock } from '../fakes/fake-clock.js';
import { FakeUsers } from '../fakes/fake-users.js';
import { rejection } from '../rejection.js';
import { tempFolder } from '../temp-folder.js';

const PASSWORD = 'correct horse battery';
/** A guess in a millisecond. */
const CHEAP = { cost: 2, blockSize: 1, parallelization: 1 };

function someUsers(users: () => Users): void {
  beforeEach(async () => {
    await users().add({ name: 'Oskar', role: 'operator', password: PASSWORD });
    await users().add({ name: 'adam', role: 'admin', password: null });
  });

  it('are known by name in any case, and listed by name', async () => {
    expect((await users().list()).map(({ name, role, hasPassword }) => [name, role, hasPassword])).to.deep.equal([
      ['adam', 'admin', false],
      ['oskar', 'operator', true],
    ]);
    expect(await users().find('OSKAR')).to.include({ name: 'oskar', role: 'operator' });
    expect(await users().find('eve')).to.equal(null);
  });

  it('come in by their own password and no other', async () => {
    expect(await users().withPassword('oskar', PASSWORD)).to.include({ name: 'oskar' });
    expect(await users().withPassword('oskar', `${PASSWORD} `)).to.equal(null);
    expect(await users().withPassword('eve', PASSWORD)).to.equal(null);
    expect(await users().withPassword('adam', '')).to.equal(null);
  });

  it('get another role, which does not end their sessions, or another password, which does', async () => {
    const before = await users().find('oskar');
    expect(await users().setRole('oskar', 'viewer')).to.include({ role: 'viewer', stamp: before?.stamp });
    const after = await users().setPassword('oskar', 'another good password');
    expect(after.stamp).not.to.equal(before?.stamp);
    expect(after.role).to.equal('viewer');
    expect(await users().withPassword('oskar', PASSWORD)).to.equal(null);
    expect(await users().withPassword('oskar', 'another good password')).to.include({ name: 'oskar' });
  });

  it('are gone when they are removed, also for sessions of one who is added by that name later', async () => {
    const { stamp } = await users().remove('oskar');
    expect(await users().withPassword('oskar', PASSWORD)).to.equal(null);
    expect((await users().add({ name: 'oskar', role: 'viewer', password: PASSWORD })).stamp).not.to.equal(stamp);
  });

  const refusals: readonly [what: string, act: () => Promise<unknown>, code: string][] = [
    ['one that is there', () => users().add({ name: 'OSKAR', role: 'viewer', password: PASSWORD }), 'users.exists'],
    ['a short password', () => users().add({ name: 'eve', role: 'viewer', password: 'short' }), 'users.weak-password'],
    ['another short password', () => users().setPassword('oskar', ''), 'users.weak-password'],
    ['nobody', () => users().setRole('eve', 'admin'), 'users.unknown'],
    ['nobody again', () => users().remove('eve'), 'users.unknown'],
    ...(['', 'a b', 'DOE^JANE', '../x', 'x\n', 'x'.repeat(65)].map(
      (name) =>
        [
          `the name ${JSON.stringify(name)}`,
          () => users().add({ name, role: 'viewer', password: PASSWORD }),
          'users.wrong-name',
        ] as const,
    ) as [string, () => Promise<unknown>, string][]),
  ];
  for (const [what, act, code] of refusals) {
    it(`are not changed by ${what}`, async () => {
      const before = await users().list();
      expect(await rejection(act())).to.include({ code });
      expect(await users().list()).to.deep.equal(before);
    });
  }
}

describe('users of the web page', () => {
  describe('in the fake', () => {
    let users: FakeUsers;
    beforeEach(() => {
      users = new FakeUsers();
    });
    someUsers(() => users);
  });

  describe('in the file', () => {
    const folder = tempFolder();
    const path = (): string => join(folder.path, 'root', 'users.json');
    let users: UsersFile;
    beforeEach(() => {
      users = new UsersFile(path(), new FakeClock(), CHEAP);
    });
    someUsers(() => users);

    it('keep no password, only a salted hash with its parameters, for the service alone', async () => {
      await users.add({ name: 'eve', role: 'viewer', password: PASSWORD });
      const text = readFileSync(path(), 'utf8');
      expect(text).not.to.contain(PASSWORD);
      const { users: rows } = JSON.parse(text) as { users: { password: Record<string, unknown> | null }[] };
      const hashes = rows.flatMap(({ password }) => (password === null ? [] : [password]));
      expect(hashes[0]).to.include({ scheme: 'scrypt', ...CHEAP });
      expect(new Set(hashes.map(({ salt }) => salt)).size).to.equal(2);
      expect(new Set(hashes.map(({ hash }) => hash)).size).to.equal(2);
      expect(statSync(path()).mode & 0o777).to.equal(0o600);
      expect(readdirSync(join(folder.path, 'root'))).to.deep.equal(['users.json']);
    });

    it('costs a guess what is recommended, unless a test says otherwise', async () => {
      const real = new UsersFile(path(), new FakeClock());
      await real.setPassword('oskar', PASSWORD);
      expect(readFileSync(path(), 'utf8')).to.match(/"cost": 65536,\s+"blockSize": 8,\s+"parallelization": 2/);
      expect(await users.withPassword('oskar', PASSWORD), 'known by its own parameters').to.include({ name: 'oskar' });
    });

    it('are seen at once by a service that has read the file before', async () => {
      expect(await users.find('oskar')).to.include({ role: 'operator' });
      await new UsersFile(path(), new FakeClock(), CHEAP).setRole('oskar', 'viewer');
      expect(await users.find('oskar')).to.include({ role: 'viewer' });
    });

    it('are not lost when two commands change them at once: one is refused', async () => {
      const others = Array.from({ length: 6 }, (_, i) => `user${String(i)}`);
      const ends = await Promise.allSettled(
        others.map((name) =>
          new UsersFile(path(), new FakeClock(), CHEAP).add({ name, role: 'viewer', password: PASSWORD }),
        ),
      );
      const added = others.filter((_, i) => ends[i]?.status === 'fulfilled');
      expect((await users.list()).map(({ name }) => name)).to.have.members(['adam', 'oskar', ...added]);
      for (const end of ends) if (end.status === 'rejected') expect(end.reason).to.include({ code: 'users.busy' });
    });

    it('let nobody in when the file is open to others, or is not what we wrote', async () => {
      chmodSync(path(), 0o640);
      expect(await rejection(users.find('oskar'))).to.include({ code: 'users.unusable', severity: 'operator' });
      chmodSync(path(), 0o600);
      for (const text of ['', '{"users":[{"name":"eve","role":"admin"}]}', '{"users":null}']) {
        writeFileSync(path(), text);
        expect(await rejection(users.find('oskar')), text).to.include({ code: 'users.unusable' });
      }
    });

    it('are guessed at one after another: more than wait are told to come again', async () => {
      const guesses = await Promise.allSettled(Array.from({ length: 40 }, () => users.withPassword('oskar', 'wrong')));
      const crowded = guesses.filter((end) => end.status === 'rejected');
      expect(crowded.length).to.be.greaterThan(0);
      for (const { reason } of crowded) expect(reason).to.include({ code: 'users.crowded' });
      expect(await users.withPassword('oskar', PASSWORD)).to.include({ name: 'oskar' });
    });
  });
});
