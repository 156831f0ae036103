import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { InboxEvents } from '../../../src/adapters/watcher/inbox-events.js';
import { ODD_NAMES } from '../../builders/odd-names.js';
import { until } from '../../until.js';
import { afterAnotherDrop, AnInbox, passTime } from './an-inbox.js';

describe('the watched inbox and what must not be taken', () => {
  const inbox = new AnInbox();

  it('never follows a link: a linked folder is no case, a link inside is an entry of its own', async () => {
    mkdirSync(inbox.beside('secret'));
    writeFileSync(join(inbox.beside('secret'), 'one'), 'x'.repeat(1000));
    inbox.write({ 'case/plan.dcm': 'plan' });
    symlinkSync(inbox.beside('secret'), join(inbox.path, 'linked'));
    symlinkSync(inbox.beside('secret'), join(inbox.path, 'case', 'out'));
    await inbox.watch();
    expect(await inbox.offer('case')).to.include({ files: 2, bytes: 4 });
    await afterAnotherDrop(inbox);
    expect(inbox.offered()).to.deep.equal(['case', 'zz-later']);
    expect(inbox.log.lines.map(({ message, fields }) => [message, fields])).to.deep.equal([
      ['entry of the inbox left alone', { kind: 'link', folderHash: 'hash of 6' }],
    ]);
  });

  it('leaves out what file managers and recycle bins put there', async () => {
    await inbox.watch();
    inbox.write({ '.hidden/x': 'x', '@eaDir/x': 'x', '#recycle/x': 'x', '~case/x': 'x', 'case.part/x': 'x' });
    inbox.write({ 'case/plan.dcm': 'plan', 'case/Thumbs.db': 'x', 'case/@eaDir/t': 'x', 'case/.DS_Store': 'x' });
    expect(await inbox.offer('case')).to.include({ files: 1, bytes: 4 });
    const size = inbox.offers.length;
    inbox.write({ 'case/Thumbs.db': 'xxxx', 'case/@eaDir/t': 'xxx' });
    await afterAnotherDrop(inbox);
    expect(inbox.offers.length - size).to.equal(1);
  });

  it('waits while a half-copied file grows under its temporary name', async () => {
    const clock = inbox.holdTime();
    // Long for the clock of the test, which runs far ahead of the real walks through the folder.
    const watcher = await inbox.watch({ watch: 'poll', pollSeconds: 5, quietSeconds: 60 });
    inbox.write({ 'case/plan.dcm': 'plan' });
    // By the first walk through it: growth before that is no change to the watcher, which knows of nothing before.
    await passTime(clock, 'the plan is seen', () => watcher.state().settling[0]?.files === 1);
    for (let i = 0; i < 8; i += 1) {
      // Dated by the walk that sees it, which may have begun before the file grew.
      const before = watcher.state().settling[0]?.lastChangeAt;
      inbox.write({ 'case/.CT.dcm.Xa81kf': 'x'.repeat(i) });
      await passTime(clock, 'the growth is seen', () => watcher.state().settling[0]?.lastChangeAt !== before);
      expect(inbox.offers).to.deep.equal([]);
    }
    renameSync(join(inbox.path, 'case/.CT.dcm.Xa81kf'), join(inbox.path, 'case/CT.dcm'));
    await passTime(clock, 'the offer', () => inbox.offers.length > 0);
    expect(inbox.offers.map(({ files }) => files)).to.deep.equal([2]);
  });

  it('does not count control files as content', async () => {
    await inbox.watch();
    inbox.write({ 'case/plan.dcm': 'plan' });
    await inbox.offer('case');
    inbox.write({ 'case/MQI_HOLD': '' });
    await afterAnotherDrop(inbox);
    expect(inbox.offered()).to.deep.equal(['case', 'zz-later']);
  });

  it('takes any name that is text: spaces, quotes, $(...), newlines, 200 characters, Korean in both forms', async () => {
    for (const name of ODD_NAMES) inbox.write({ [`${name}/${name}`]: 'plan' });
    await inbox.watch();
    await until('all are offered', () => inbox.offers.length === ODD_NAMES.length);
    expect(inbox.offered()).to.deep.equal([...ODD_NAMES].sort());
    expect(existsSync('pwned')).to.equal(false);
  });

  it('warns of a folder name that is not text, and goes on', async () => {
    const inName = (start: string, end: string): Buffer =>
      Buffer.concat([Buffer.from(start), Buffer.from([0xff, 0xfe]), Buffer.from(end)]);
    mkdirSync(inName(`${inbox.path}/bad`, ''));
    mkdirSync(join(inbox.path, 'case'));
    writeFileSync(inName(`${inbox.path}/case/bad`, '.dcm'), 'slice');
    await inbox.watch();
    expect((await inbox.offer('case')).files).to.equal(1);
    expect(inbox.log.lines.map(({ fields }) => fields.kind)).to.deep.equal(['name is not UTF-8']);
  });
});

describe('control files in the watched inbox', () => {
  const inbox = new AnInbox();

  it('are offered at once, once for each time they are written', async () => {
    await inbox.watch();
    inbox.write({ 'case/plan.dcm': 'plan' });
    await inbox.offer('case');
    inbox.write({ 'case/MQI_HOLD': '' });
    await until('it is offered', () => inbox.controls.length === 1);
    await afterAnotherDrop(inbox);
    expect(inbox.controls.map(({ folder, name }) => [folder, name])).to.deep.equal([['case', 'MQI_HOLD']]);
    utimesSync(join(inbox.path, 'case/MQI_HOLD'), 1_000, 1_000);
    await until('it is offered again', () => inbox.controls[1]?.writtenAt === 1_000_000);
    expect(inbox.offered()).to.deep.equal(['case', 'zz-later']);
  });

  it('are offered until they are dealt with, and found without events', async () => {
    let answers = [false, false, true];
    inbox.onControl = () => Promise.resolve(answers.shift() ?? true);
    await inbox.watch({ watch: 'poll', pollSeconds: 0.05 });
    inbox.write({ 'case/plan.dcm': 'plan', 'case/MQI_RETRY': '' });
    await until('it is dealt with', () => answers.length === 0);
    answers = [];
    await inbox.offer('case');
    await afterAnotherDrop(inbox);
    expect(inbox.controls).to.have.length(3);
  });
});

describe('the watched inbox when the system gives no more watches', () => {
  const inbox = new AnInbox();

  it('warns once and finds everything by polling', async () => {
    let fail = (): void => undefined;
    inbox.openEvents = (path, layout, sink) => {
      fail = () => {
        sink.failed(Object.assign(new Error('watch limit'), { code: 'ENOSPC' }));
      };
      return new InboxEvents(path, layout, sink);
    };
    const watcher = await inbox.watch({ pollSeconds: 0.1 });
    fail();
    inbox.write({ 'case/plan.dcm': 'plan' });
    await inbox.offer('case');
    expect(watcher.state().mode).to.equal('poll');
    expect(inbox.log.lines.map(({ level, message, fields }) => [level, message, fields])).to.deep.equal([
      ['warn', 'no more file events to be had, polling instead', { code: 'ENOSPC' }],
    ]);
  });
});

describe('the watched inbox when it is not there', () => {
  const inbox = new AnInbox();

  it('is made at the start if it is ours to make', async () => {
    rmSync(inbox.path, { recursive: true });
    await inbox.watch({ createInbox: true });
    inbox.write({ 'case/plan.dcm': 'plan' });
    await inbox.offer('case');
  });

  it('is waited for if it is a share, with one warning, and watched once it comes', async () => {
    rmSync(inbox.path, { recursive: true });
    await inbox.watch({ pollSeconds: 0.05 });
    await until('a warning', () => inbox.log.messages('warn').length > 0);
    mkdirSync(inbox.path);
    inbox.write({ 'case/plan.dcm': 'plan' });
    await inbox.offer('case');
    expect(inbox.log.messages('warn')).to.deep.equal(['share lost, intake pauses']);
  });

  it('goes on when the share goes away and comes back, offering nothing twice', async () => {
    const watcher = await inbox.watch({ pollSeconds: 0.05 });
    inbox.write({ 'case/plan.dcm': 'plan' });
    await inbox.offer('case');
    renameSync(inbox.path, inbox.beside('away'));
    await until('a warning', () => inbox.log.messages('warn').length > 0);
    renameSync(inbox.beside('away'), inbox.path);
    await afterAnotherDrop(inbox);
    expect(inbox.offered()).to.deep.equal(['case', 'zz-later']);
    await until('events are heard again', () => watcher.state().mode === 'events');
  });
});

describe('looking at one folder now', () => {
  const inbox = new AnInbox();

  it('gives the fingerprint the watcher would give', async () => {
    inbox.write({ 'case/plan.dcm': 'plan' });
    const watcher = await inbox.watch();
    const { fingerprint } = await inbox.offer('case');
    expect(await watcher.look('case')).to.include({ folder: 'case', fingerprint, files: 1, bytes: 4 });
  });

  for (const folder of ['none', '../outside', 'case/sub', '', 'linked', 'file']) {
    it(`refuses "${folder}"`, async () => {
      inbox.write({ 'case/sub/plan.dcm': 'plan', file: 'x' });
      mkdirSync(inbox.beside('outside'));
      symlinkSync(inbox.beside('outside'), join(inbox.path, 'linked'));
      let code = '';
      await inbox
        .make()
        .look(folder)
        .catch((thrown: unknown) => (code = (thrown as { code: string }).code));
      expect(code).to.equal('intake.no-such-folder');
    });
  }
});
