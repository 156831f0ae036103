import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { AllInboxes, type InboxMember } from '../../../src/adapters/watcher/all-inboxes.js';
import { InboxWatcher } from '../../../src/adapters/watcher/inbox-watcher.js';
import { ShareGuard } from '../../../src/adapters/watcher/share-guard.js';
import { SystemClock } from '../../../src/adapters/system-clock/system-clock.js';
import type { FoundFolder } from '../../../src/ports/inboxes.js';
import type { Step } from '../../../src/ports/step.js';
import { ShareFirstStep } from '../../../src/workflow/steps/share-first.js';
import { aCase } from '../../builders/a-case.js';
import { FakeIntakeMemory } from '../../fakes/fake-intake-memory.js';
import { FakeLogger } from '../../fakes/fake-logger.js';
import { FuseShare } from '../../mounts/mounting.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';
import { until } from '../../until.js';

const BINDFS = ['-f', '--no-allow-other', '-o', 'attr_timeout=0,entry_timeout=0'];

describe('two inboxes on two shares', () => {
  let shares: FuseShare[] = [];
  // Before the folders of the test are removed.
  afterEach(async () => {
    await inboxes.stop();
    for (const share of shares) await share.unmount();
  });
  const temp = tempFolder();
  let inboxes: AllInboxes;
  let found: FoundFolder[];
  let log: FakeLogger;

  const shareOf = (name: string): FuseShare => {
    const [source, at] = [join(temp.path, `server-${name}`), join(temp.path, `inbox-${name}`)];
    mkdirSync(source);
    return new FuseShare(source, at, '', { command: 'bindfs', args: [...BINDFS, source, at] });
  };
  const memberOf = (name: string, { path }: FuseShare): InboxMember => {
    const clock = new SystemClock();
    const memory = join(temp.path, `inbox-seen.${name}.json`);
    const guard = new ShareGuard({ inbox: path, inboxMarker: null, watch: 'auto', memory }, clock, log);
    const how = { layout: '{case}', quietSeconds: 0.3, readyMarker: null, watch: 'auto', pollSeconds: 0.05 } as const;
    const options = { ...how, inbox: path, createInbox: false, folderHash: () => 'hash' };
    const watcher = new InboxWatcher(options, clock, log, guard, new FakeIntakeMemory());
    return { name, path, layout: '{case}', markers: [], watcher, guard };
  };
  /** Writes behind the mount, as another machine does. */
  const write = (share: number, path: string): void => {
    const file = join(shares[share]!.source, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, path);
  };
  const seen = (inbox: string, folder: string): Promise<unknown> =>
    until(`${folder} of inbox "${inbox}" is offered`, () =>
      found.some((each) => each.inbox === inbox && each.folder === folder),
    );

  beforeEach(async function () {
    log = new FakeLogger();
    found = [];
    const names = ['', 'research'];
    shares = names.map(shareOf);
    inboxes = new AllInboxes(names.map((name, i) => memberOf(name, shares[i]!)));
    try {
      for (const share of shares) await share.mount();
    } catch {
      process.stdout.write('      no bindfs mounts can be made here\n');
      this.skip();
    }
    await inboxes.start(
      (folder) => {
        found.push(folder);
        return Promise.resolve();
      },
      () => Promise.resolve(true),
    );
  });

  it('go on with one while the other is away, and with both when that is back; steps wait for their own share alone', async () => {
    write(0, 'head/plan.dcm');
    write(1, 'head/plan.dcm');
    await seen('', 'head');
    await seen('research', 'head');
    const step: Step = { name: 'validate', run: () => Promise.resolve({ do: 'advance' }) };
    const shareFirst = new ShareFirstStep(step, inboxes, new SystemClock(), 1);
    const context = { signal: new AbortController().signal, log, held: () => false };

    await shares[1]!.unmount();
    await until('the loss is seen', () => inboxes.states()[1]?.lostSince !== null);
    write(0, 'lung/plan.dcm');
    await seen('', 'lung');
    expect(inboxes.states().map(({ lostSince, entries }) => [lostSince === null, entries])).to.deep.equal([
      [true, 2],
      [false, 1],
    ]);
    expect(await shareFirst.run(aCase({ folder: 'head' }), context)).to.deep.equal({ do: 'advance' });
    const waits = await shareFirst.run(aCase({ inbox: 'research', folder: 'head' }), context);
    expect(waits)
      .to.have.property('waitingFor')
      .that.matches(/^the share of inbox research: lost since .*network share/);

    await shares[1]!.mount();
    write(1, 'spine/plan.dcm');
    await seen('research', 'spine');
    expect(found.map(({ inbox, folder }) => `${inbox}:${folder}`).sort()).to.deep.equal([
      ':head',
      ':lung',
      'research:head',
      'research:spine',
    ]);
    expect(log.messages('warn')).to.deep.equal(['share lost, intake pauses']);
    expect(await shareFirst.run(aCase({ inbox: 'research', folder: 'head' }), context)).to.deep.equal({
      do: 'advance',
    });
  });

  it('never take a folder for renamed in spelling only while its share is away', async () => {
    const [nfd, nfc] = ['Mu\u0308ller', 'M\u00fcller'];
    write(1, `${nfd}/plan.dcm`);
    await seen('research', nfd);
    renameSync(join(shares[1]!.source, nfd), join(shares[1]!.source, nfc));
    await seen('research', nfc);
    const listed = (folder: string): Promise<boolean> => inboxes.isListed({ inbox: 'research', folder });
    expect([await listed(nfd), await listed(nfc)]).to.deep.equal([false, true]);
    await shares[1]!.unmount();
    expect(await rejection(listed(nfd))).to.include({ code: 'intake.share-lost' });
    execFileSync('mkdir', ['-p', join(shares[1]!.path, nfd)]); // on the disk below the mount point
    expect(await rejection(listed(nfd))).to.include({ code: 'intake.share-lost' });
  });
});
