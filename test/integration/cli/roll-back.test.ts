import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { DataSource, type QueryRunner } from 'typeorm';
import { MIGRATIONS } from '../../../src/adapters/database/migrations/migrations.js';
import { tempFolder } from '../../temp-folder.js';

const CLI = fileURLToPath(new URL('../../../src/cli.js', import.meta.url));

/** What a later version does to the database. */
class AddSomethingLater9999999999999 {
  readonly name = 'AddSomethingLater9999999999999';
  up(runner: QueryRunner): Promise<unknown> {
    return runner.query('ALTER TABLE "cases" ADD COLUMN "later" text');
  }
  async down(): Promise<void> {
    // a later version goes forwards only, as ours does
  }
}

async function upgraded(path: string): Promise<void> {
  const migrations = [...MIGRATIONS, AddSomethingLater9999999999999];
  const source = new DataSource({ type: 'sqlite', database: path, migrations });
  await source.initialize();
  await source.runMigrations();
  await source.destroy();
}

describe('a roll-back as docs/administration.md has it', function () {
  this.timeout(30_000);
  const folder = tempFolder();
  const mqi = (...args: string[]): Promise<{ exit: number; out: string; err: string }> =>
    new Promise((resolve) => {
      const env = { ...process.env, MQI_ROOT: folder.path };
      execFile(process.execPath, [CLI, ...args], { cwd: folder.path, env }, (error, out, err) => {
        resolve({ exit: typeof error?.code === 'number' ? error.code : 0, out, err });
      });
    });

  it('goes on from the backup that was made before the upgrade, which the older version alone would refuse', async () => {
    const database = join(folder.path, 'mqi.sqlite');
    const backup = join(folder.path, 'before-upgrade.sqlite');
    mkdirSync(join(folder.path, 'inbox'));
    expect((await mqi('db', 'backup', backup)).exit).to.equal(0);
    await upgraded(database);
    const { exit, err } = await mqi('cases');
    expect(exit).to.equal(1);
    expect(err).to.match(/newer.*; .*backup/);

    const aside = join(folder.path, 'rolled-back');
    mkdirSync(aside);
    for (const name of ['mqi.sqlite', 'mqi.sqlite-wal', 'mqi.sqlite-shm'])
      if (existsSync(join(folder.path, name))) renameSync(join(folder.path, name), join(aside, name));
    copyFileSync(backup, database);
    expect(await mqi('db', 'check')).to.deep.equal({ exit: 0, out: 'the database and the files are sound\n', err: '' });
    expect((await mqi('cases')).exit).to.equal(0);
  });
});
