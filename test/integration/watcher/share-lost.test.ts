import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { FakeLogger } from '../../fakes/fake-logger.js';
import { until } from '../../until.js';
import { afterAnotherDrop, AnInbox } from './an-inbox.js';

const BINDFS = ['--no-allow-other', '-o', 'attr_timeout=0,entry_timeout=0'];
const QUICK = { watch: 'auto', pollSeconds: 0.05, quietSeconds: 0.3 } as const;

describe('a share that goes away', () => {
  let mounted: boolean;
  // Before the folders of the test are removed.
  afterEach(() => {
    if (mounted) unmount();
  });
  const inbox = new AnInbox();

  const server = (): string => inbox.beside('server');
  const mount = (): void => {
    execFileSync('bindfs', [...BINDFS, server(), inbox.path], { stdio: 'ignore' });
    mounted = true;
  };
  const unmount = (): void => {
    mounted = false;
    if (spawnSync('fusermount3', ['-u', inbox.path]).status === 0) return;
    execFileSync('fusermount3', ['-uz', inbox.path]);
  };
  /** Writes behind the mount, as another machine does. */
  const write = (path: string, text = path): void => {
    mkdirSync(dirname(join(server(), path)), { recursive: true });
    writeFileSync(join(server(), path), text);
  };
  const lost = (): Promise<unknown> =>
    until('the loss is seen', () => inbox.log.messages('warn').includes('share lost, intake pauses'));

  beforeEach(function () {
    mounted = false;
    mkdirSync(server());
    try {
      mount();
    } catch {
      process.stdout.write('      no bindfs mounts can be made here\n');
      this.skip();
    }
  });
  it('is told from one whose cases were deleted: nothing is forgotten or offered again', async () => {
    write('case/plan.dcm');
    const watcher = await inbox.watch(QUICK);
    await inbox.offer('case');
    unmount();
    await lost();
    expect(watcher.state()).to.deep.include({
      mode: 'poll',
      entries: 1,
      lostBecause: 'it was a network share before and is none now',
    });
    expect(watcher.state().lostSince).to.be.a('number');
    mount();
    write('zz-later/file');
    await inbox.offer('zz-later');
    expect(inbox.offered()).to.deep.equal(['case', 'zz-later']);
    expect(inbox.log.messages('warn')).to.deep.equal(['share lost, intake pauses']);
    expect(inbox.log.messages('info')).to.deep.equal(['share is back, intake goes on']);
    expect(watcher.state()).to.deep.include({ lostSince: null, lostBecause: null, mode: 'poll' });
  });

  it('loses no case that was still being copied, and takes it no earlier than a quiet time after the return', async () => {
    write('case/plan.dcm');
    const watcher = await inbox.watch({ ...QUICK, quietSeconds: 1 });
    await until('it is seen', () => watcher.state().settling[0]?.files === 1);
    unmount();
    await lost();
    expect(watcher.state().settling).to.have.length(1);
    const lostAt = performance.now();
    await until('most of the quiet time has passed', () => performance.now() - lostAt > 700);
    const backAt = performance.now();
    mount();
    const offer = await inbox.offer('case');
    expect(offer.files).to.equal(1);
    expect(offer.at - backAt).to.be.greaterThan(1_000);
    expect(inbox.offers).to.have.length(1);
  });

  it('is known for a share by a service that starts while it is away, which takes nothing from the folder below', async () => {
    const first = await inbox.watch(QUICK);
    await first.stop();
    unmount();
    inbox.write({ 'below/plan.dcm': 'not on the share' });
    inbox.log = new FakeLogger();
    const watcher = await inbox.watch({ ...QUICK, quietSeconds: 0 });
    expect(watcher.state()).to.deep.include({ entries: 0, lastSweepAt: null });
    expect(watcher.state().lostSince).to.be.a('number');
    rmSync(join(inbox.path, 'below'), { recursive: true });
    mount();
    write('case/plan.dcm');
    await inbox.offer('case');
    expect(inbox.offered()).to.deep.equal(['case']);
  });

  it('may be unmounted lazily while it is read', async () => {
    for (let i = 0; i < 500; i += 1) write(`case/${String(i)}.dcm`);
    await inbox.watch({ ...QUICK, quietSeconds: 0 });
    const walked = inbox.offer('case');
    execFileSync('fusermount3', ['-uz', inbox.path]);
    mounted = false;
    await lost();
    mount();
    expect((await walked).files).to.equal(500);
    await afterAnotherDropBehind();
    expect(inbox.offers.map(({ files }) => files)).to.deep.equal([500, 1]);
  });
  const afterAnotherDropBehind = async (): Promise<void> => {
    write('zz-later/file');
    await inbox.offer('zz-later');
  };

  it('is lost when its server dies and the mount stays', async () => {
    write('case/plan.dcm');
    const watcher = await inbox.watch(QUICK);
    await inbox.offer('case');
    process.kill(serverOf(inbox.path), 'SIGKILL');
    await lost();
    expect(watcher.state().lostBecause).to.match(/^it cannot be listed \((ENOTCONN|ECONNABORTED)\)$/);
    unmount();
    mount();
    write('zz-later/file');
    await inbox.offer('zz-later');
    expect(inbox.offered()).to.deep.equal(['case', 'zz-later']);
  });
});

describe('an inbox whose marker is missing', () => {
  const inbox = new AnInbox();

  it('is looked at only when the marker is there, and its events are watched then', async () => {
    inbox.marker = '.this-is-the-share';
    inbox.write({ 'case/plan.dcm': 'plan' });
    const watcher = await inbox.watch({ pollSeconds: 0.05 });
    expect(watcher.state().lostBecause).to.contain('intake.inboxMarker');
    inbox.write({ '.this-is-the-share': '' });
    await inbox.offer('case');
    await afterAnotherDrop(inbox);
    expect(watcher.state()).to.deep.include({ mode: 'events', lostSince: null, entries: 2 });
    expect(existsSync(inbox.beside('inbox-seen.json'))).to.equal(true);
    expect(readFileSync(inbox.beside('inbox-seen.json'), 'utf8')).to.contain('"isNetworkShare":false');
  });
});

/** The process of the mount there. */
function serverOf(mountPoint: string): number {
  const [pid] = execFileSync('pgrep', ['-f', `bindfs .*${mountPoint}$`], { encoding: 'utf8' }).split('\n');
  return Number(pid);
}
