import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { input } from '../../../../src/domain/errors.js';
import { UNSETTLED } from '../../../../src/workflow/settled-content.js';
import { aCase } from '../../../builders/a-case.js';
import { aChangingCase } from '../../../builders/a-changing-case.js';
import { aCtSlice } from '../../../builders/an-inventory.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { rejection } from '../../../rejection.js';
import { tempFolder } from '../../../temp-folder.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('Validating a folder that changed since it was taken', () => {
  const temp = tempFolder();
  let clock: FakeClock;
  beforeEach(() => {
    clock = new FakeClock();
  });

  const aBench = (wanted?: Parameters<typeof aChangingCase>[2]) => aChangingCase(temp.path, clock, wanted);
  const waits = (lookInMs = 10_000) => ({ do: 'wait', waitingFor: UNSETTLED, lookAgainAt: clock.now() + lookInMs });

  it('does not accept it, keeps nothing, and has the watcher look', async () => {
    const { kase, now, look, watcher, folders } = aBench();
    watcher.drop(kase.folder, 'whole');
    expect(await look()).to.deep.equal(waits());
    expect(watcher.lookedSoon).to.deep.equal([kase.folder]);
    expect(existsSync(folders.inventory(kase))).to.equal(false);
    expect(now()).to.include({ planSopInstanceUid: null, fingerprint: 'half' });
  });

  it('accepts what the watcher then offers, as the same run', async () => {
    const { kase, now, look, watcher, cases } = aBench();
    watcher.drop(kase.folder, 'whole');
    await look();
    const { folder, inbox } = kase;
    await cases.register({ id: 'c2', folder, inbox, fingerprint: 'whole', priority: 0, at: clock.now(), actor: 's' });
    expect(now()).to.include({ run: 1, fingerprint: 'whole', waitingFor: null, notBefore: null });
    expect(await look()).to.have.property('do', 'advance');
    expect(await cases.runsOf(kase)).to.have.lengthOf(1);
  });

  it('does not reject it for what it found half copied', async () => {
    const { kase, look, watcher, reader } = aBench({ found: { ionPlans: [] } });
    watcher.drop(kase.folder, 'whole');
    expect(await look()).to.deep.equal(waits());
    watcher.drop(kase.folder, 'half');
    expect(await rejection(look())).to.have.property('code', 'plan.none');
    reader.inventoryError = input('intake.folder-gone', 'gone');
    watcher.folders.delete(kase.folder);
    expect(await rejection(look())).to.equal(reader.inventoryError);
  });

  it('says what is missing rather than that it changes', async () => {
    const { kase, look, watcher } = aBench({ found: { ctSlices: [aCtSlice(0), aCtSlice(3), aCtSlice(9)] } });
    watcher.drop(kase.folder, 'more of it');
    expect(await look())
      .to.have.property('waitingFor')
      .that.contains('3 of 4 slices');
  });

  it('reads nothing while it knows it to be changing, and goes on if it is again what was taken', async () => {
    const { kase, look, watcher, reader } = aBench();
    let reads = 0;
    reader.during = () => (reads += 1);
    watcher.drop(kase.folder, 'whole');
    await look();
    await clock.advance(10_000);
    expect(await look()).to.deep.equal(waits());
    expect(reads).to.equal(1);
    watcher.drop(kase.folder, 'half');
    expect(await look()).to.have.property('do', 'advance');
  });

  it('looks again after the quiet time of the inbox of the case', async () => {
    const inboxes = [{ name: 'other', path: '/other', quietSeconds: 90 }];
    const { kase, look, watcher } = aBench({ settings: { intake: { inboxes } }, inbox: 'other' });
    watcher.drop(kase.folder, 'whole');
    expect(await look()).to.deep.equal(waits(90_000));
  });

  it('takes up, as the same run, a folder that stands still and that the watcher does not offer', async () => {
    const { kase, now, look, watcher, cases } = aBench({ settings: { intake: { quietSeconds: 30 } } });
    watcher.drop(kase.folder, 'whole');
    let minutes = 0;
    for (; now().fingerprint === 'half' && minutes < 60; minutes += 0.5) {
      await look();
      await clock.advance(MINUTE / 2);
    }
    expect(minutes).to.equal(11);
    expect(now()).to.include({ run: 1, fingerprint: 'whole', waitingFor: null });
    expect((await cases.transitionsOf(kase.id)).at(-1)).to.include({ event: 'change' });
    expect(await look()).to.have.property('do', 'advance');
  });

  it('takes nothing up while a half-copied file grows in it', async () => {
    const { kase, now, look, watcher } = aBench();
    watcher.drop(kase.folder, 'more');
    for (let minute = 0; minute < 60; minute++) {
      watcher.activities.set(kase.folder, String(minute));
      await look();
      await clock.advance(MINUTE);
    }
    expect(now()).to.include({ fingerprint: 'half', waitingFor: UNSETTLED });
  });

  it('leaves it to a later run of the folder, if there is one', async () => {
    const { kase, now, look, watcher, cases } = aBench();
    const later = aCase({ folder: kase.folder, run: 2, fingerprint: 'whole' });
    cases.tables.cases.set(later.id, later);
    watcher.drop(kase.folder, 'newest');
    for (let minute = 0; minute < 20; minute++) {
      await look();
      await clock.advance(MINUTE);
    }
    expect(now()).to.include({ fingerprint: 'half', waitingFor: UNSETTLED });
    expect(cases.tables.cases.get(later.id)).to.deep.equal(later);
  });

  it('rejects in words what changes for ever, counting from when it was first seen to change', async () => {
    const { kase, look, watcher } = aBench({ settings: { intake: { incompleteHours: 2 } } });
    await clock.advance(24 * HOUR);
    const change = (n: number): void => {
      watcher.drop(kase.folder, `content ${String(n)}`);
    };
    for (let n = 0; n < 24; n++) {
      change(n);
      expect(await look()).to.have.property('waitingFor', UNSETTLED);
      await clock.advance(5 * MINUTE);
    }
    // A share that was away is not counted against it.
    const lost = { inboxLostMs: () => HOUR };
    expect(await look(lost)).to.have.property('do', 'wait');
    const error = await rejection(look());
    expect(error).to.include({ code: 'intake.unsettled-timeout', severity: 'input' });
    expect(error).to.have.property('message').that.contains('to settle').and.contains('2 h');
    expect(error).to.have.property('remedy').that.contains('goes on writing');
  });

  it('lets go when it is told to', async () => {
    const { look, kase, watcher } = aBench();
    const stop = new AbortController();
    watcher.drop(kase.folder, 'whole');
    await look();
    stop.abort(new Error('stopping'));
    expect(await rejection(look({ signal: stop.signal }))).to.have.property('message', 'stopping');
  });
});
