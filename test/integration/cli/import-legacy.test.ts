import { execFile } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import sqlite3 from 'sqlite3';
import { tempFolder } from '../../temp-folder.js';

const CLI = fileURLToPath(new URL('../../../src/cli.js', import.meta.url));

interface Answer {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the statements and leaves the database as a program does that is killed: with its write-ahead log beside it. */
function databaseWith(file: string, ...statements: readonly string[]): Promise<sqlite3.Database> {
  return new Promise((resolve, reject) => {
    const database: sqlite3.Database = new sqlite3.Database(file, () => {
      database.exec(['PRAGMA journal_mode = WAL', ...statements].join(';'), (failure: Error | null) => {
        if (failure === null) resolve(database);
        else reject(failure);
      });
    });
  });
}
const closed = (database: sqlite3.Database): Promise<void> =>
  new Promise((resolve) => {
    database.close(() => {
      resolve();
    });
  });

describe('mqi import-legacy', function () {
  this.timeout(30_000);
  const folder = tempFolder();
  const mqi = (...args: string[]): Promise<Answer> =>
    new Promise((resolve) => {
      const all = [CLI, ...args, '--root', join(folder.path, 'root')];
      execFile(process.execPath, all, { cwd: folder.path }, (error, out, err) => {
        resolve({ exit: typeof error?.code === 'number' ? error.code : 0, out, err });
      });
    });

  it('reads the cases of a database that is in use, tolerates what is missing, and changes nothing of it', async () => {
    const file = join(folder.path, 'mqi communicator.db');
    const old = await databaseWith(
      file,
      'CREATE TABLE cases (case_id TEXT, case_path TEXT, status TEXT, progress REAL, created_at, error_message)',
      `INSERT INTO cases VALUES ('c1', '/log/c1', 'failed', 140, '2025-03-01 10:00:00', 'bad' || char(27) || '[2J'),
        ('c2', '/log/c2', 'completed', 'x', '2025-03-02T10:00:00+09:00', NULL), (NULL, '', '', 0, 'never', NULL)`,
      'CREATE TABLE workflow_steps (case_id, step, status, started_at)',
      `INSERT INTO workflow_steps VALUES ('c1', 'csv', 'failed', 7), ('gone', 'csv', 'failed', NULL)`,
    );
    const before = readdirSync(folder.path).map((name) => [name, readFileSync(join(folder.path, name))]);
    const { exit, out } = await mqi('import-legacy', file, '--json');
    expect([exit, JSON.parse(out)]).to.deep.equal([
      0,
      {
        cases: 2,
        remarks: [
          'it has no table beams',
          'it has no table gpu_resources',
          '1 cases without case_id',
          '1 beams and steps belong to no case and are left out',
        ],
      },
    ]);
    const after = readdirSync(folder.path).filter((name) => name !== 'root');
    expect(after.map((name) => [name, readFileSync(join(folder.path, name))])).to.deep.equal(before);
    await closed(old);

    const { legacyCases } = JSON.parse((await mqi('cases', '--legacy', '--json')).out) as {
      legacyCases: { id: string; createdAt: string; progress: number; steps: unknown[] }[];
    };
    expect(legacyCases.map(({ id, createdAt, progress }) => [id, createdAt, progress])).to.deep.equal([
      ['c2', '2025-03-02T01:00:00.000Z', 0],
      ['c1', '2025-03-01T10:00:00.000Z', 100],
    ]);
    expect(legacyCases[1]?.steps).to.deep.equal([
      { step: 'csv', state: 'failed', startedAt: null, finishedAt: null, error: null },
    ]);
    const { out: shown } = await mqi('cases', '--legacy');
    expect(shown).to.contain('failed').and.not.to.contain('\u001b');
  });

  it('writes the configuration into a new file, and never over one that is there', async () => {
    const from = join(folder.path, 'config.yaml');
    writeFileSync(from, 'processing: { max_case_retries: 7 }\n');
    const { exit, out } = await mqi('import-legacy', from, '--to', 'ours.yaml');
    expect([exit, out]).to.deep.equal([
      0,
      `processing.max_case_retries -> processing.maxRetries\nwrote ${join(folder.path, 'ours.yaml')}; look at it by: mqi config check\n`,
    ]);
    expect((await mqi('config', 'check', '--config', 'ours.yaml')).exit).to.equal(0);
    const again = await mqi('import-legacy', from, '--to', from);
    expect(again.exit).to.equal(1);
    expect(again.err).to.match(/config.yaml is there already; name a new file/);
    expect(readFileSync(from, 'utf8')).to.equal('processing: { max_case_retries: 7 }\n');
  });

  it('says so in one line when there is nothing it can read', async () => {
    writeFileSync(join(folder.path, 'broken.yaml'), 'a: [1');
    writeFileSync(join(folder.path, 'broken.db'), `SQLite format 3\0${'x'.repeat(5000)}`);
    for (const name of ['nothing', '.', 'broken.yaml', 'broken.db']) {
      const { exit, err } = await mqi('import-legacy', name);
      expect([exit, err.trim().split('\n').length], `${name}: ${err}`).to.deep.equal([1, 1]);
      expect(err, name).to.match(/of the predecessor cannot be read; name its/);
    }
  });
});
