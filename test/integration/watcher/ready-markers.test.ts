import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { InboxWatcher } from '../../../src/adapters/watcher/inbox-watcher.js';
import { until } from '../../until.js';
import { AnInbox, letPass, passTime, seenNow } from './an-inbox.js';

const MARKER = '_CASE_READY';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
/** As `sha256sum` writes it. */
const manifest = (files: Record<string, string>): string =>
  Object.entries(files)
    .map(([path, content]) => `${sha256(content)}  ${path}\n`)
    .join('');

describe('the watched inbox with a ready marker', () => {
  const inbox = new AnInbox();
  const marked = { readyMarker: MARKER, quietSeconds: 10 };
  const seen = (watcher: InboxWatcher, folder: string, files: number): Promise<unknown> =>
    until(`${String(files)} files of it are seen`, () =>
      watcher.state().settling.some((each) => each.folder === folder && each.files === files),
    );

  it('takes a folder a second after the marker that ends the copy, and never before', async () => {
    const clock = inbox.holdTime();
    const watcher = await inbox.watch(marked);
    inbox.write({ 'case/plan.dcm': 'plan' });
    await seen(watcher, 'case', 1);
    await clock.advance(3_600_000);
    expect(inbox.offers).to.deep.equal([]);
    inbox.write({ 'case/CT.dcm': 'slice', [`case/${MARKER}`]: '' });
    const waitedMs = await passTime(clock, 'the offer', () => inbox.offers.length > 0);
    expect(waitedMs).to.be.within(1_000, 8_000);
    expect(inbox.offers[0]).to.include({ folder: 'case', files: 2 });
  });

  it('finds the marker by looking where no event tells of it', async () => {
    const clock = inbox.holdTime();
    const watcher = await inbox.watch({ ...marked, watch: 'poll', pollSeconds: 5 });
    inbox.write({ 'case/plan.dcm': 'plan' });
    await passTime(clock, 'it is seen', () => watcher.state().settling[0]?.files === 1);
    await letPass(clock, 60_000);
    expect(inbox.offers).to.deep.equal([]);
    inbox.write({ [`case/${MARKER}`]: '' });
    expect(await passTime(clock, 'the offer', () => inbox.offers.length > 0)).to.be.below(9_000);
  });

  it('takes no empty folder for its marker, and what then comes only when it is quiet', async () => {
    const clock = inbox.holdTime();
    const watcher = await inbox.watch({ ...marked, pollSeconds: 1 });
    inbox.write({ [`case/${MARKER}`]: '' });
    await letPass(clock, 60_000);
    for (let i = 1; i <= 4; i += 1) {
      inbox.write({ [`case/CT/${String(i)}.dcm`]: 'slice' });
      await passTime(clock, 'it is seen', () => watcher.state().settling[0]?.files === i);
      expect(inbox.offers).to.deep.equal([]);
      await letPass(clock, 5_000);
    }
    await passTime(clock, 'the offer', () => inbox.offers.length > 0);
    expect(inbox.offers.map(({ files }) => files)).to.deep.equal([4]);
  });

  it('waits the quiet time for a folder that is renamed in with its marker', async () => {
    const clock = inbox.holdTime();
    const watcher = await inbox.watch(marked);
    inbox.write({ '.made/case/plan.dcm': 'plan', [`.made/case/${MARKER}`]: '' });
    renameSync(join(inbox.path, '.made', 'case'), join(inbox.path, 'case'));
    await seen(watcher, 'case', 1);
    expect(await passTime(clock, 'the offer', () => inbox.offers.length > 0)).to.be.within(9_000, 60_000);
  });

  for (const [where, name] of [
    ['caseMARKER', `case${MARKER}`],
    ['case.MARKER', `case.${MARKER}`],
  ] as const) {
    it(`takes a folder at the marker ${where} beside it, without an entry for that`, async () => {
      const clock = inbox.holdTime();
      const watcher = await inbox.watch(marked);
      inbox.write({ 'case/plan.dcm': 'plan', 'case2/plan.dcm': 'plan' });
      await seen(watcher, 'case', 1);
      inbox.write({ [name]: '' });
      await passTime(clock, 'the offer', () => inbox.offers.length > 0);
      await letPass(clock, 60_000);
      expect(inbox.offered()).to.deep.equal(['case']);
      expect(watcher.state().entries).to.equal(2);
      expect(inbox.log.messages('warn')).to.deep.equal([]);
    });
  }

  it('takes all studies of a patient at a marker in the patient’s folder, and no other patient’s', async () => {
    const clock = inbox.holdTime();
    const watcher = await inbox.watch({ ...marked, layout: '{patient}/{study}' });
    inbox.write({ 'p1/s1/plan.dcm': 'x', 'p1/s2/plan.dcm': 'x', 'p2/s1/plan.dcm': 'x', 'p2/s2/plan.dcm': 'x' });
    for (const study of ['p1/s1', 'p1/s2', 'p2/s1', 'p2/s2']) await seen(watcher, study, 1);
    inbox.write({ [`p1/${MARKER}`]: '', [`p2/s2.${MARKER}`]: '', [MARKER]: '' });
    await passTime(clock, 'the offers', () => inbox.offers.length === 3);
    await letPass(clock, 60_000);
    expect(inbox.offered()).to.deep.equal(['p1/s1', 'p1/s2', 'p2/s2']);
  });

  it('takes changed content when the marker is taken away and put back, and not in between', async () => {
    const clock = inbox.holdTime();
    const watcher = await inbox.watch({ ...marked, pollSeconds: 1 });
    inbox.write({ 'case/plan.dcm': 'plan' });
    await seen(watcher, 'case', 1);
    inbox.write({ [`case${MARKER}`]: '' });
    await passTime(clock, 'the offer', () => inbox.offers.length === 1);
    rmSync(join(inbox.path, `case${MARKER}`));
    inbox.write({ 'case/CT.dcm': 'slice' });
    await seenNow(watcher, clock, 'case');
    await letPass(clock, 60_000);
    expect(inbox.offers).to.have.length(1);
    inbox.write({ [`case${MARKER}`]: '' });
    expect(await passTime(clock, 'the offer', () => inbox.offers.length === 2)).to.be.below(8_000);
  });

  it('takes content that changes under an obeyed marker after the quiet time', async () => {
    const clock = inbox.holdTime();
    const watcher = await inbox.watch(marked);
    inbox.write({ 'case/plan.dcm': 'plan', [`case/${MARKER}`]: '' });
    await passTime(clock, 'the offer', () => inbox.offers.length === 1);
    inbox.write({ 'case/CT.dcm': 'slice' });
    await seenNow(watcher, clock, 'case');
    expect(await passTime(clock, 'the offer', () => inbox.offers.length === 2)).to.be.within(9_000, 60_000);
  });

  it('follows no link of the marker’s name', async () => {
    const clock = inbox.holdTime();
    const watcher = await inbox.watch(marked);
    inbox.write({ 'case/plan.dcm': 'plan' });
    await seen(watcher, 'case', 1);
    symlinkSync(join(inbox.path, 'case/plan.dcm'), join(inbox.path, 'case', MARKER));
    mkdirSync(join(inbox.path, `case${MARKER}`));
    await letPass(clock, 60_000);
    expect(inbox.offers).to.deep.equal([]);
  });
});

describe('the watched inbox with manifests', () => {
  const inbox = new AnInbox();
  const marked = { readyMarker: MARKER, quietSeconds: 10, pollSeconds: 1 };
  const FILES = { 'plan.dcm': 'plan', 'ct/1.dcm': 'one', 'ct/2.dcm': 'two' };

  it('takes no part of what the manifest lists, however often the copy stalls', async () => {
    const clock = inbox.holdTime();
    const watcher = await inbox.watch(marked);
    inbox.write({ [`case/${MARKER}`]: manifest(FILES) });
    let count = 0;
    for (const [path, content] of Object.entries(FILES)) {
      expect(inbox.offers).to.deep.equal([]);
      inbox.write({ [`case/${path}`]: content });
      count += 1;
      await passTime(clock, 'it is seen', () => watcher.state().settling[0]?.files === count);
      if (count < 3) await clock.advance(400_000);
    }
    await passTime(clock, 'the offer', () => inbox.offers.length > 0);
    expect(inbox.offers.map(({ files }) => files)).to.deep.equal([3]);
  });

  it('takes what there is when the rest does not come for ten minutes, so that the case can say what is missing', async () => {
    const clock = inbox.holdTime();
    const watcher = await inbox.watch({ ...marked, pollSeconds: 30 });
    inbox.write({ 'case/plan.dcm': 'plan', [`case/${MARKER}`]: manifest(FILES) });
    await seen(watcher);
    await clock.advance(590_000);
    expect(inbox.offers).to.deep.equal([]);
    await passTime(clock, 'the offer', () => inbox.offers.length > 0);
  });

  it('takes names that another system wrote: other composition, case and separators', async () => {
    const clock = inbox.holdTime();
    await inbox.watch(marked);
    const name = 'Schicht ä.dcm'.normalize('NFD');
    const written = `${sha256('x')} *CT\\SCHICHT Ä.dcm\r\n${sha256('x')} *.\\${MARKER}\r\n`;
    inbox.write({ [`case/ct/${name}`]: 'x', [`case/${MARKER}`]: written });
    expect(await passTime(clock, 'the offer', () => inbox.offers.length > 0)).to.be.below(20_000);
  });

  it('offers a manifest that is corrected as a change, and one that is written the same again as none', async () => {
    const clock = inbox.holdTime();
    await inbox.watch(marked);
    inbox.write({ 'case/plan.dcm': 'plan', [`case/${MARKER}`]: manifest({ 'plan.dcm': 'other' }) });
    await passTime(clock, 'the offer', () => inbox.offers.length === 1);
    inbox.write({ [`case/${MARKER}`]: manifest({ 'plan.dcm': 'plan' }) });
    await passTime(clock, 'the offer', () => inbox.offers.length === 2);
    const later = Date.now() / 1000 + 60;
    utimesSync(join(inbox.path, 'case', MARKER), later, later);
    await letPass(clock, 60_000);
    rmSync(join(inbox.path, 'case', MARKER));
    await letPass(clock, 60_000);
    expect(inbox.offers).to.have.length(2);
  });

  it('lets one manifest above several studies speak for those it names', async () => {
    const clock = inbox.holdTime();
    const watcher = await inbox.watch({ ...marked, layout: '{patient}/{study}' });
    inbox.write({ 'p/s1/plan.dcm': 'plan', 'p/s2/plan.dcm': 'plan', 'p/s3/plan.dcm': 'plan' });
    inbox.write({ [`p/${MARKER}`]: manifest({ 's1/plan.dcm': 'plan', 's2/plan.dcm': 'plan', 's2/ct/1.dcm': 'x' }) });
    await passTime(clock, 'the offer', () => inbox.offers.length > 0);
    await letPass(clock, 60_000);
    expect(inbox.offered()).to.deep.equal(['p/s1']);
    expect(watcher.state().settling.map(({ folder }) => folder)).to.have.members(['p/s2', 'p/s3']);
  });

  const seen = (watcher: InboxWatcher): Promise<unknown> =>
    until('it is seen', () => watcher.state().settling[0]?.files === 1);
});
