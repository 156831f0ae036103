import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { expect } from 'chai';
import type { InboxSight } from '../../../../src/adapters/watcher/inbox-identity.js';
import { ShareGuard } from '../../../../src/adapters/watcher/share-guard.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { FakeLogger } from '../../../fakes/fake-logger.js';
import { tempFolder } from '../../../temp-folder.js';
import { until } from '../../../until.js';

const LOCAL: InboxSight = { isMountPoint: false, isNetworkShare: false, mount: '1:2', hasMarker: true };
const SHARE: InboxSight = { isMountPoint: true, isNetworkShare: true, mount: '40:1', hasMarker: true };

describe('the sentinel of the inbox', () => {
  const temp = tempFolder();
  let clock: FakeClock;
  let log: FakeLogger;
  let looks: number;
  let sight: () => Promise<InboxSight>;

  beforeEach(() => {
    clock = new FakeClock();
    log = new FakeLogger();
    looks = 0;
  });
  const memory = (): string => join(temp.path, 'inbox-seen.json');
  const aGuard = (inbox = '/inbox'): ShareGuard =>
    new ShareGuard({ inbox, inboxMarker: null, watch: 'auto', memory: memory() }, clock, log, () => {
      looks += 1;
      return sight();
    });
  const shows = (seen: InboxSight): void => {
    sight = () => Promise.resolve(seen);
  };
  const fails = (code: string): void => {
    sight = () => Promise.reject(Object.assign(new Error('no'), { code }));
  };

  it('takes an inbox that was never seen as it is', async () => {
    shows(LOCAL);
    expect(await aGuard().check()).to.equal(null);
  });

  for (const code of ['ENOENT', 'ESTALE', 'EACCES', 'EIO', 'ENOTCONN', 'ETIMEDOUT', 'EHOSTDOWN']) {
    it(`takes the share for lost when listing it says ${code}, since the first time`, async () => {
      const guard = aGuard();
      fails(code);
      const since = clock.now();
      expect(await guard.check()).to.deep.equal({ since, code, because: `it cannot be listed (${code})` });
      await clock.advance(5_000);
      expect(await guard.check()).to.have.property('since', since);
      shows(SHARE);
      expect(await guard.check()).to.equal(null);
    });
  }

  it('tells how long it was lost in all, also after a restart, and not before the time asked for', async () => {
    const guard = aGuard();
    const from = clock.now();
    fails('EIO');
    await guard.check();
    await clock.advance(60_000);
    expect(guard.lostMsSince(from)).to.equal(60_000);
    shows(SHARE);
    await guard.check();
    await clock.advance(60_000);
    fails('EIO');
    await guard.check();
    await clock.advance(5_000);
    shows(SHARE);
    await guard.check();
    await guard.check();
    expect(guard.lostMsSince(from)).to.equal(65_000);
    expect(guard.lostMsSince(from + 50_000)).to.equal(15_000);
    const restarted = aGuard();
    await restarted.check();
    expect(restarted.lostMsSince(from)).to.equal(65_000);
    expect(restarted.lostMsSince(clock.now())).to.equal(0);
  });

  it('takes the empty folder a share was mounted on for no share, also after a restart meanwhile', async () => {
    shows(SHARE);
    await aGuard().check();
    shows(LOCAL);
    const restarted = aGuard();
    expect(await restarted.check()).to.include({ code: 'not-mounted' });
    shows({ ...SHARE, mount: '77:1' });
    expect(await restarted.check()).to.equal(null);
  });

  it('knows a disk that was mounted there from the empty folder below it', async () => {
    shows({ ...LOCAL, isMountPoint: true });
    const guard = aGuard();
    await guard.check();
    shows(LOCAL);
    expect(await guard.check()).to.have.property('because', 'it was a mount before and is none now');
  });

  it('takes another folder of the configuration as never seen', async () => {
    shows(SHARE);
    await aGuard().check();
    shows(LOCAL);
    expect(await aGuard('/another').check()).to.equal(null);
  });

  it('misses the marker', async () => {
    shows({ ...SHARE, hasMarker: false });
    expect(await aGuard().check()).to.have.property('code', 'no-marker');
  });

  it('counts a loss and a new mount, so that a share that was away in between is noticed', async () => {
    const guard = aGuard();
    shows(SHARE);
    await guard.check();
    await guard.check();
    expect(guard.generation).to.equal(0);
    shows({ ...SHARE, mount: '41:1' });
    await guard.check();
    expect(guard.generation).to.equal(1);
    fails('EIO');
    await guard.check();
    await guard.check();
    expect(guard.generation).to.equal(2);
  });

  it('asks no more while one look hangs, and goes on when it answers', async () => {
    const guard = aGuard();
    let answer: (seen: InboxSight) => void = () => undefined;
    sight = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const asked = guard.check();
    await clock.advance(30_000);
    expect(await asked).to.include({ code: 'no-answer', because: 'it has not answered for 30 s' });
    expect(await guard.check()).to.have.property('code', 'no-answer');
    expect(looks).to.equal(1);
    shows(SHARE);
    answer(SHARE);
    await until('it is back', async () => (await guard.check()) === null);
  });

  it('never answers with a look from before the question', async () => {
    const guard = aGuard();
    const answers: ((seen: InboxSight) => void)[] = [];
    sight = () => new Promise((resolve) => answers.push(resolve));
    const first = guard.check();
    fails('EIO');
    const second = guard.check();
    const third = guard.check();
    answers[0]?.(SHARE);
    expect(await first).to.equal(null);
    expect(await second).to.have.property('code', 'EIO');
    expect(await third).to.have.property('code', 'EIO');
    expect(looks).to.equal(2);
  });

  it('says so when what was seen cannot be read, and learns it anew', async () => {
    writeFileSync(memory(), 'no json');
    shows(SHARE);
    const guard = aGuard();
    expect(await guard.check()).to.equal(null);
    expect(log.messages('warn')).to.deep.equal(['what was seen of the inbox before cannot be read']);
    shows(LOCAL);
    expect(await aGuard().check()).to.have.property('code', 'not-mounted');
  });
});
