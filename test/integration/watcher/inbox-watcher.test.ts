import { appendFileSync, chmodSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { leastOf } from '../../loop-blocks.js';
import { until } from '../../until.js';
import { afterAnotherDrop, AnInbox, passTime, seenNow } from './an-inbox.js';

describe('the watched inbox', () => {
  const inbox = new AnInbox();

  it('offers a folder once, a quiet time after its last change, within 200 ms', async () => {
    await inbox.watch();
    const folders: string[] = [];
    const waitedMs = await leastOf(500, async (turn) => {
      const folder = `case ${String(turn)}`;
      folders.push(folder);
      inbox.write({
        [`${folder}/plan.dcm`]: 'plan',
        [`${folder}/CT/1.dcm`]: 'slice',
        [`${folder}/CT/a/2.dcm`]: 'slice',
      });
      const last = performance.now();
      const { at, files, bytes } = await inbox.offer(folder);
      expect(at - last).to.be.at.least(295);
      expect({ files, bytes }).to.deep.equal({ files: 3, bytes: 14 });
      return at - last;
    });
    expect(waitedMs).to.be.at.most(500);
    await afterAnotherDrop(inbox);
    expect(inbox.offered()).to.deep.equal([...folders, 'zz-later']);
  });

  it('offers folders that were there before the service started', async () => {
    inbox.write({ 'a/plan.dcm': 'plan', 'b/plan.dcm': 'plan' });
    await inbox.watch();
    await Promise.all([inbox.offer('a'), inbox.offer('b')]);
  });

  it('waits for a slow copy to end, and for the quiet time after its last file', async () => {
    const clock = inbox.holdTime();
    const watcher = await inbox.watch({ quietSeconds: 10 });
    for (let i = 0; i < 8; i += 1) {
      inbox.write({ [`case/CT/${String(i)}.dcm`]: 'slice' });
      await seenNow(watcher, clock, 'case');
      await clock.advance(9_900);
      expect(inbox.offers).to.deep.equal([]);
    }
    const waitedMs = await passTime(clock, 'the offer', () => inbox.offers.length > 0);
    expect(waitedMs).to.be.within(100, 2_000);
    expect(inbox.offers.map(({ files }) => files)).to.deep.equal([8]);
  });

  it('waits for one file that grows slowly', async () => {
    const clock = inbox.holdTime();
    const watcher = await inbox.watch({ quietSeconds: 10 });
    inbox.write({ 'case/plan.dcm': 'x' });
    for (let i = 0; i < 8; i += 1) {
      appendFileSync(join(inbox.path, 'case/plan.dcm'), 'x');
      await seenNow(watcher, clock, 'case');
      await clock.advance(9_900);
      expect(inbox.offers).to.deep.equal([]);
    }
    await passTime(clock, 'the offer', () => inbox.offers.length > 0);
    expect(inbox.offers.map(({ bytes }) => bytes)).to.deep.equal([9]);
  });

  it('takes a copy that stalled longer than the quiet time as it is, and offers the rest as another content', async () => {
    await inbox.watch();
    inbox.write({ 'case/1.dcm': 'slice' });
    const first = await inbox.offer('case');
    inbox.write({ 'case/2.dcm': 'slice' });
    const second = await inbox.offer('case', 2);
    expect([first.files, second.files]).to.deep.equal([1, 2]);
    expect(first.fingerprint).not.to.equal(second.fingerprint);
  });

  it('offers a folder that is moved into place', async () => {
    await inbox.watch();
    mkdirSync(inbox.beside('made'));
    writeFileSync(join(inbox.beside('made'), 'plan.dcm'), 'plan');
    renameSync(inbox.beside('made'), join(inbox.path, 'case'));
    await inbox.offer('case');
  });

  it('offers a folder again that was replaced by another of its name', async () => {
    await inbox.watch();
    inbox.write({ 'case/plan.dcm': 'plan' });
    await inbox.offer('case');
    mkdirSync(inbox.beside('made'));
    writeFileSync(join(inbox.beside('made'), 'plan.dcm'), 'another plan');
    renameSync(join(inbox.path, 'case'), inbox.beside('old'));
    renameSync(inbox.beside('made'), join(inbox.path, 'case'));
    await inbox.offer('case', 2);
    appendFileSync(join(inbox.path, 'case', 'plan.dcm'), '.');
    expect((await inbox.offer('case', 3)).bytes).to.equal(13);
  });

  it('notices what comes into folders made later, at any depth', async () => {
    await inbox.watch();
    inbox.write({ 'case/plan.dcm': 'plan' });
    await inbox.offer('case');
    mkdirSync(join(inbox.path, 'case/logs/2025042401440800'), { recursive: true });
    inbox.write({ 'case/logs/2025042401440800/PlanInfo.txt': 'info' });
    expect((await inbox.offer('case', 2)).files).to.equal(2);
  });

  it('offers an empty folder, so that it gets an answer', async () => {
    await inbox.watch();
    mkdirSync(join(inbox.path, 'empty'));
    expect((await inbox.offer('empty')).files).to.equal(0);
  });

  it('offers the same content once, even if it was touched without being changed', async () => {
    await inbox.watch();
    inbox.write({ 'case/plan.dcm': 'plan' });
    await inbox.offer('case');
    chmodSync(join(inbox.path, 'case/plan.dcm'), 0o600);
    await afterAnotherDrop(inbox);
    expect(inbox.offered()).to.deep.equal(['case', 'zz-later']);
  });

  it('takes a file of the same size and another time as changed content', async () => {
    await inbox.watch();
    inbox.write({ 'case/plan.dcm': 'plan' });
    await inbox.offer('case');
    utimesSync(join(inbox.path, 'case/plan.dcm'), 1_000_000, 1_000_000);
    await inbox.offer('case', 2);
  });

  it('offers a folder again at the next sweep when it could not be taken', async () => {
    let failures = 2;
    inbox.onOffer = () => ((failures -= 1) >= 0 ? Promise.reject(new Error('no database')) : Promise.resolve());
    const watcher = await inbox.watch({ pollSeconds: 0.1, quietSeconds: 0 });
    inbox.write({ 'case/plan.dcm': 'plan' });
    await inbox.offer('case');
    expect(inbox.log.messages('warn')).to.deep.equal(['settled folder was not taken']);
    expect(watcher.state().settling).to.deep.equal([]);
  });

  it('forgets a folder that is taken away, and offers it again when it comes back', async () => {
    const watcher = await inbox.watch();
    inbox.write({ 'case/plan.dcm': 'plan', 'other/plan.dcm': 'plan' });
    rmSync(join(inbox.path, 'other'), { recursive: true });
    await inbox.offer('case');
    rmSync(join(inbox.path, 'case'), { recursive: true });
    await until('it is forgotten', () => watcher.state().entries === 0);
    inbox.write({ 'case/plan.dcm': 'plan' });
    await inbox.offer('case', 2);
    expect(inbox.offered()).to.deep.equal(['case', 'case']);
  });

  it('shows what is still settling, with its files', async () => {
    const watcher = await inbox.watch({ quietSeconds: 60 });
    const writtenAt = Date.now();
    inbox.write({ 'case/1.dcm': 'slice' });
    const [folder] = await until('it is seen', () => {
      const { settling } = watcher.state();
      return settling[0]?.files === 1 && settling;
    });
    expect(folder?.folder).to.equal('case');
    expect(folder?.lastChangeAt).to.be.within(writtenAt - 1_000, Date.now() + 1_000);
  });

  it('finds cases two levels down where the layout says so, and nothing else', async () => {
    await inbox.watch({ layout: '{room}/{case}' });
    inbox.write({ 'G1/case/plan.dcm': 'plan', 'G2/case/CT/1.dcm': 'slice', 'G1/loose.dcm': 'x', 'loose.dcm': 'x' });
    await Promise.all([inbox.offer('G1/case'), inbox.offer('G2/case')]);
    await afterAnotherDrop(inbox, 'G2/');
    expect(inbox.offered()).to.deep.equal(['G1/case', 'G2/case', 'G2/zz-later']);
  });

  it('hears at once of a case that is put into a folder above it which was removed and made again', async () => {
    await inbox.watch({ layout: '{site}/{room}/{case}' });
    inbox.write({ 'A/G1/first/plan.dcm': 'plan' });
    await inbox.offer('A/G1/first');
    rmSync(join(inbox.path, 'A'), { recursive: true });
    mkdirSync(join(inbox.path, 'A', 'G1'), { recursive: true });
    // By then all that was to be heard of it has been heard.
    await afterAnotherDrop(inbox, 'B/G1/');
    inbox.write({ 'A/G1/second/plan.dcm': 'plan' });
    await inbox.offer('A/G1/second');
  });

  it('leaves out files directly in the inbox', async () => {
    await inbox.watch();
    inbox.write({ 'plan.dcm': 'plan' });
    await afterAnotherDrop(inbox);
    expect(inbox.offered()).to.deep.equal(['zz-later']);
  });
});

describe('the watched inbox without events', () => {
  const inbox = new AnInbox();
  const polling = { watch: 'poll', pollSeconds: 0.1 } as const;

  it('finds new folders and slow copies by looking', async () => {
    const clock = inbox.holdTime();
    const watcher = await inbox.watch({ watch: 'poll', pollSeconds: 5, quietSeconds: 10 });
    for (let i = 0; i < 6; i += 1) {
      inbox.write({ [`case/CT/${String(i)}.dcm`]: 'slice' });
      await passTime(clock, 'the file is seen', () => watcher.state().settling[0]?.files === i + 1);
      expect(inbox.offers).to.deep.equal([]);
    }
    const waitedMs = await passTime(clock, 'the offer', () => inbox.offers.length > 0);
    expect(waitedMs).to.be.greaterThan(9_000);
    expect(inbox.offers.map(({ files }) => files)).to.deep.equal([6]);
    expect(watcher.state().mode).to.equal('poll');
  });

  it('finds a change deep in a folder that was taken long ago', async () => {
    await inbox.watch(polling);
    inbox.write({ 'case/CT/deep/1.dcm': 'slice' });
    await inbox.offer('case');
    inbox.write({ 'case/CT/deep/1.dcm': 'another' });
    await inbox.offer('case', 2);
  });

  it('settles a change that it was told of long before its next sweep, and does not begin anew when told again', async () => {
    inbox.write({ 'case/CT/1.dcm': 'slice' });
    const watcher = await inbox.watch({ watch: 'poll', pollSeconds: 600 });
    await inbox.offer('case');
    inbox.write({ 'case/CT/1.dcm': 'another' });
    const toldAt = performance.now();
    const second = await until('it is offered', () => {
      watcher.lookSoon('case');
      return inbox.offers[1];
    });
    expect(second.at - toldAt).to.be.greaterThan(300);
  });
});
