import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { anIntakeFolder } from '../../builders/an-intake-folder.js';
import { realStores, sqliteOptions, type RealStores } from '../../real-stores.js';
import { until } from '../../until.js';
import { AnInbox } from './an-inbox.js';

const BINDFS = ['--no-allow-other', '-o', 'attr_timeout=0,entry_timeout=0'];
/** Much longer than a write takes, much shorter than the share hangs. */
const SOON_MS = 5_000;
/** Folders with so many files in all that they are still being walked when the small one is seen. */
const LARGE = 7;
const FILES = 7_000;

describe('a share whose server hangs', function () {
  this.timeout(60_000);
  let server: number | null;
  let stores: RealStores;
  // Before the folders of the test are removed.
  afterEach(async () => {
    if (server === null) return;
    process.kill(server, 'SIGCONT');
    await stores.database.close();
    if (spawnSync('fusermount3', ['-u', inbox.path]).status !== 0) execFileSync('fusermount3', ['-uz', inbox.path]);
  });
  const inbox = new AnInbox();

  beforeEach(async function () {
    server = null;
    const source = inbox.beside('server');
    write(join(source, 'small', 'plan.dcm'));
    for (let i = 0; i < FILES; i += 1) write(join(source, `large ${String(i % LARGE)}`, String(i)));
    try {
      execFileSync('bindfs', [...BINDFS, source, inbox.path], { stdio: 'ignore' });
    } catch {
      process.stdout.write('      no bindfs mounts can be made here\n');
      this.skip();
    }
    server = serverOf(inbox.path);
    stores = realStores(sqliteOptions(inbox.beside('mqi.sqlite')));
    await stores.database.open();
  });

  it('keeps neither database nor files waiting, and all goes on when it answers again', async () => {
    const watcher = await inbox.watch({ watch: 'auto', pollSeconds: 0.05, quietSeconds: 600 });
    await until('it walks', () => watcher.state().settling.some(({ files }) => files === 1));
    process.kill(server ?? 0, 'SIGSTOP');
    const stoppedAt = performance.now();
    await until('every call that may be made hangs', () => performance.now() - stoppedAt > 1_000);
    const { lastSweepAt } = watcher.state();
    const done = await Promise.race([work(), late()]);
    expect(done).to.equal('done');
    expect(watcher.state().lastSweepAt).to.equal(lastSweepAt);
    process.kill(server ?? 0, 'SIGCONT');
    await until('it sweeps again', () => watcher.state().lastSweepAt !== lastSweepAt);
    expect(watcher.state()).to.include({ entries: LARGE + 1, lostSince: null });
  });

  /** As the service does meanwhile: the database, and a file. */
  const work = async (): Promise<string> => {
    const row = anIntakeFolder({ inbox: 'north', folder: 'case' });
    await stores.intake.save('north', [row], []);
    const file = inbox.beside('log');
    await writeFile(file, 'a line');
    const read = [await stores.intake.load('north'), await readFile(file, 'utf8')];
    expect(read).to.deep.equal([[row], 'a line']);
    return 'done';
  };
  const late = (): Promise<string> =>
    new Promise((resolve) =>
      setTimeout(() => {
        resolve('late');
      }, SOON_MS).unref(),
    );
});

function write(file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, 'content');
}

function serverOf(mountPoint: string): number {
  const [pid] = execFileSync('pgrep', ['-f', `bindfs .*${mountPoint}$`], { encoding: 'utf8' }).split('\n');
  return Number(pid);
}
