import { appendFileSync, opendirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { IntakeFolder } from '../../../src/domain/intake-folder.js';
import type { FakeClock } from '../../fakes/fake-clock.js';
import { until } from '../../until.js';
import { AnInbox, letPass, passTime } from './an-inbox.js';

const SLOW = { watch: 'poll', pollSeconds: 5, quietSeconds: 30 } as const;

/** In the order in which the file system gives them. */
function listed(path: string): readonly string[] {
  const names: string[] = [];
  const folder = opendirSync(path);
  for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) names.push(entry.name);
  folder.closeSync();
  return names;
}

describe('a watcher that is started again', () => {
  const inbox = new AnInbox();

  const rows = (): readonly IntakeFolder[] => inbox.memory.tables.intakeFolders;
  /** Stops a watcher half-way through the quiet time of a folder. */
  const stopHalfWay = async (clock: FakeClock): Promise<void> => {
    const watcher = await inbox.watch(SLOW);
    inbox.write({ 'case/plan.dcm': 'plan' });
    await passTime(clock, 'it is seen', () => watcher.state().settling[0]?.files === 1);
    await letPass(clock, 15_000);
    expect(inbox.offers).to.deep.equal([]);
    await watcher.stop();
  };
  /** Takes what lies there and stops. */
  const takeAndStop = async (options: Parameters<AnInbox['watch']>[0]): Promise<void> => {
    const watcher = await inbox.watch(options);
    await until('all is taken', () => watcher.state().entries > 0 && watcher.state().settling.length === 0);
    await watcher.stop();
    inbox.offers = [];
  };
  const untilTaken = (clock: FakeClock): Promise<number> => passTime(clock, 'the offer', () => inbox.offers.length > 0);

  it('goes on with the quiet time of a folder, and takes it no earlier', async () => {
    const clock = inbox.holdTime();
    await stopHalfWay(clock);
    await clock.advance(3_000);
    await inbox.watch(SLOW);
    const waitedMs = await untilTaken(clock);
    // Of the 30 s, 15 to 20 s passed before the stop and 3 s without a service.
    expect(waitedMs).to.be.within(6_000, 13_000);
  });

  it('counts the time without a service only if the content is the same', async () => {
    const clock = inbox.holdTime();
    await stopHalfWay(clock);
    inbox.write({ 'case/CT.dcm': 'slice' });
    await clock.advance(60_000);
    await inbox.watch(SLOW);
    const waitedMs = await untilTaken(clock);
    expect(waitedMs).to.be.at.least(30_000);
    expect(inbox.offers.map(({ files }) => files)).to.deep.equal([2]);
  });

  for (const [what, byMs] of [
    ['forward', 86_400_000],
    ['back', -86_400_000],
  ] as const) {
    it(`waits anew when the clock was set ${what} meanwhile`, async () => {
      const clock = inbox.holdTime();
      await stopHalfWay(clock);
      clock.setNow(clock.now() + byMs);
      await inbox.watch(SLOW);
      const waitedMs = await untilTaken(clock);
      expect(waitedMs).to.be.at.least(30_000);
    });
  }

  it('knows taken folders without walking or offering them, however many there are', async () => {
    for (let i = 0; i < 300; i += 1)
      inbox.write({ [`case ${String(i)}/plan.dcm`]: 'plan', [`case ${String(i)}/ct.dcm`]: 'x' });
    const quick = { watch: 'poll', pollSeconds: 60, quietSeconds: 0 } as const;
    await takeAndStop(quick);
    const { writes } = inbox.memory;
    const watcher = await inbox.watch(quick);
    expect(watcher.state()).to.include({ entries: 300 });
    expect(watcher.state().settling).to.deep.equal([]);
    // Listing the inbox and looking whether the share is there; a walk of all would take 300 x 6.
    expect(watcher.state().calls).to.be.below(40);
    expect(inbox.offers).to.deep.equal([]);
    await watcher.stop();
    expect(inbox.memory.writes).to.equal(writes);
  });

  it('finds in turn what changed in a taken folder while no service ran', async () => {
    inbox.write({ 'case/plan.dcm': 'plan', 'other/plan.dcm': 'plan' });
    await takeAndStop({ watch: 'poll', pollSeconds: 0.1, quietSeconds: 0 });
    appendFileSync(join(inbox.path, 'case', 'plan.dcm'), ', changed');
    await inbox.watch({ watch: 'poll', pollSeconds: 0.1, quietSeconds: 0.2 });
    await inbox.offer('case');
    expect(inbox.offered()).to.deep.equal(['case']);
  });

  it('looks first, where there are events, at the taken folder into which something was put while no service ran', async () => {
    for (let i = 0; i < 200; i += 1) inbox.write({ [`case ${String(i)}/CT/1.dcm`]: 'slice' });
    await takeAndStop({ quietSeconds: 0 });
    // By its place in the list its turn would come last, after a minute.
    const last = listed(inbox.path).at(-1) ?? '';
    inbox.write({ [`${last}/CT/2.dcm`]: 'slice' });
    const clock = inbox.holdTime();
    await inbox.watch({ pollSeconds: 1, quietSeconds: 1 });
    expect(await untilTaken(clock)).to.be.below(4_000);
    expect(inbox.offered()).to.deep.equal([last]);
  });

  it('hears at once of what changes in a taken folder after the start', async () => {
    inbox.write({ 'case/plan.dcm': 'plan' });
    await takeAndStop({});
    await inbox.watch();
    await until('it is watched', () => {
      appendFileSync(join(inbox.path, 'case', 'plan.dcm'), '.');
      return inbox.offers.length > 0 || rows().some(({ isArriving }) => isArriving);
    });
    await inbox.offer('case');
  });

  it('obeys a control file that was put into a taken folder while no service ran', async () => {
    inbox.write({ 'case/plan.dcm': 'plan' });
    await takeAndStop({});
    inbox.write({ 'case/MQI_HOLD': '' });
    await inbox.watch();
    await until('it is obeyed', () => inbox.controls.length > 0);
    expect(inbox.controls.map(({ name }) => name)).to.deep.equal(['MQI_HOLD']);
    expect(inbox.offers).to.deep.equal([]);
  });

  it('looks at all folders first when it is told to, as one that is to end must', async () => {
    inbox.write({ 'case/plan.dcm': 'plan', 'other/plan.dcm': 'plan' });
    await takeAndStop({ quietSeconds: 0 });
    appendFileSync(join(inbox.path, 'case', 'plan.dcm'), ', changed');
    const watcher = inbox.make({ quietSeconds: 0.1 });
    const offered: string[] = [];
    await watcher.start(({ folder }) => Promise.resolve(void offered.push(folder)), undefined, true);
    expect(watcher.state().settling).to.have.length(2);
    await until('all is seen', () => watcher.state().settling.length === 0);
    expect(offered).to.deep.equal(['case']);
  });

  it('forgets folders that went while no service ran', async () => {
    inbox.write({ 'case/plan.dcm': 'plan', 'other/plan.dcm': 'plan' });
    await takeAndStop({});
    expect(rows()).to.have.length(2);
    rmSync(join(inbox.path, 'other'), { recursive: true });
    const watcher = await inbox.watch();
    await until('it is forgotten', () => rows().length === 1);
    rmSync(join(inbox.path, 'case'), { recursive: true });
    await until('it is gone', () => watcher.state().entries === 0);
    await until('it is forgotten', () => rows().length === 0);
  });
});

describe('what the watcher writes down', () => {
  const inbox = new AnInbox();

  it('is written at most once a second while a folder arrives, and not at all at rest', async () => {
    const clock = inbox.holdTime();
    const watcher = await inbox.watch({ ...SLOW, quietSeconds: 10 });
    inbox.write({ 'case/plan.dcm': 'plan', 'other/plan.dcm': 'plan' });
    await passTime(clock, 'both are taken', () => inbox.offers.length === 2);
    await letPass(clock, 2_000);
    const { writes } = inbox.memory;
    expect(writes).to.be.within(2, 4);
    await letPass(clock, 60_000);
    expect(watcher.state().settling).to.deep.equal([]);
    expect(inbox.memory.writes).to.equal(writes);
  });

  it('is not written again and again of a folder that waits for its marker', async () => {
    const clock = inbox.holdTime();
    const watcher = await inbox.watch({ ...SLOW, readyMarker: '_CASE_READY' });
    inbox.write({ 'case/plan.dcm': 'plan' });
    await passTime(clock, 'it is seen', () => watcher.state().settling[0]?.files === 1);
    await letPass(clock, 2_000);
    const { writes } = inbox.memory;
    await letPass(clock, 60_000);
    expect(inbox.memory.writes).to.equal(writes);
  });

  it('is tried again when the database refused it, and no folder is named in the log', async () => {
    const clock = inbox.holdTime();
    inbox.memory.failure = new Error('lung cannot be written');
    await inbox.watch(SLOW);
    inbox.write({ 'lung/plan.dcm': 'plan' });
    await passTime(clock, 'it is written', () => inbox.memory.writes > 0);
    expect(inbox.memory.tables.intakeFolders.map(({ folder }) => folder)).to.deep.equal(['lung']);
    expect(inbox.log.messages('warn')).to.deep.equal(['noting the folders of the inbox failed']);
    expect(JSON.stringify(inbox.log.lines)).not.to.contain('lung');
  });

  it('says that other content arrives before that is taken: a crash then is no reason to believe the former', async () => {
    inbox.write({ 'case/plan.dcm': 'plan' });
    const clock = inbox.holdTime();
    await inbox.watch({ quietSeconds: 0 });
    await passTime(clock, 'it is taken', () => inbox.offers.length === 1);
    await passTime(clock, 'it is written', () => inbox.memory.tables.intakeFolders[0]?.isArriving === false);
    const atTheOffer: boolean[] = [];
    inbox.onOffer = () => {
      atTheOffer.push(...inbox.memory.tables.intakeFolders.map(({ isArriving }) => isArriving));
      return Promise.resolve();
    };
    inbox.write({ 'case/plan.dcm': 'another' });
    await passTime(clock, 'it is taken again', () => inbox.offers.length === 2);
    expect(atTheOffer).to.deep.equal([true]);
  });
});
