import { expect } from 'chai';
import sinon from 'sinon';
import { SettingsSchema } from '../../../src/config/settings.js';
import { transient } from '../../../src/domain/errors.js';
import { folderHash } from '../../../src/workflow/folder-hash.js';
import { FolderSpelling } from '../../../src/workflow/folder-spelling.js';
import { Registrar } from '../../../src/workflow/registrar.js';
import { FakeCaseControl } from '../../fakes/fake-case-control.js';
import { FakeCaseStore } from '../../fakes/fake-case-store.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { FakeInboxes } from '../../fakes/fake-inboxes.js';
import { FakeLogger } from '../../fakes/fake-logger.js';
import { FakeNudge } from '../../fakes/fake-nudge.js';
import { rejection } from '../../rejection.js';

const settled = (fingerprint: string, folder = 'Doe^John 1970') => ({
  inbox: '',
  folder,
  fingerprint,
  files: 3,
  bytes: 4096,
});

function aRegistrar(intake: object = {}) {
  const store = new FakeCaseStore();
  const control = new FakeCaseControl(store.tables);
  const manager = new FakeNudge();
  const log = new FakeLogger();
  const clock = new FakeClock();
  const inboxes = new FakeInboxes('research');
  const spelling = new FolderSpelling(store, inboxes);
  const registrar = new Registrar(store, control, manager, clock, log, SettingsSchema.parse({ intake }), spelling);
  return { inboxes, store, control, manager, clock, log, registrar };
}

/** Validation accepted the content of every case and wrote its plan down, but is not at its end. */
function accepted({ tables }: FakeCaseStore): void {
  for (const kase of tables.cases.values()) tables.cases.set(kase.id, { ...kase, planSopInstanceUid: '1.2' });
}

describe('registering settled folders', () => {
  it('makes a settled folder run 1 of a registered case and wakes the manager', async () => {
    const { store, manager, registrar } = aRegistrar();
    await registrar.register(settled('a'));
    expect(store.rows).to.have.length(1);
    expect(store.rows[0]).to.include({ folder: 'Doe^John 1970', run: 1, state: 'registered', fingerprint: 'a' });
    expect(store.rows[0]?.id).to.match(/^[a-z][0-9a-hjkmnp-tv-z]{11}$/);
    expect(manager.nudges).to.equal(1);
  });

  it('makes no second case of the same content, and wakes nobody for it', async () => {
    const { store, manager, registrar } = aRegistrar();
    await registrar.register(settled('a'));
    await registrar.register(settled('a'));
    expect(store.rows).to.have.length(1);
    expect(manager.nudges).to.equal(1);
  });

  it('makes changed content the next run and cancels the earlier one, saying why', async () => {
    const { store, control, registrar } = aRegistrar();
    await registrar.register(settled('a'));
    accepted(store);
    await registrar.register(settled('b'));
    expect(
      (await store.runsOf({ inbox: '', folder: 'Doe^John 1970' })).map(({ run, state }) => [run, state]),
    ).to.deep.equal([
      [2, 'registered'],
      [1, 'cancelled'],
    ]);
    const reason = 'the folder changed: run 2 takes its place';
    expect(control.asked.map(([verb, , actor, why]) => [verb, actor, why])).to.deep.equal([
      ['cancel', 'service', reason],
    ]);
  });

  it('lets a case that waits for files take up what has come as the same run, due now, its time to wait anew', async () => {
    const { store, control, manager, clock, registrar } = aRegistrar();
    await registrar.register(settled('a'));
    const [first] = store.rows;
    const waiting = { waitingFor: 'CT is missing', notBefore: clock.now() + 600_000, planSopInstanceUid: '1.2' };
    store.tables.cases.set(first!.id, { ...first!, ...waiting });
    await clock.advance(60_000);
    await registrar.register(settled('b'));
    expect(store.rows).to.have.length(1);
    expect(store.rows[0]).to.include({ id: first!.id, run: 1, fingerprint: 'b', waitingFor: null, notBefore: null });
    expect(store.rows[0]).to.include({ planSopInstanceUid: null, takenAt: first!.takenAt + 60_000 });
    expect(store.rows[0]).to.include({ createdAt: first!.createdAt });
    expect((await store.transitionsOf(first!.id)).at(-1)).to.include({ event: 'change', to: 'registered' });
    expect(control.asked).to.deep.equal([]);
    expect(manager.nudges).to.equal(2);
  });

  it('makes content A, then B, then A again the same run each time until one is accepted, and three runs after that', async () => {
    const { store, registrar } = aRegistrar();
    for (const fingerprint of ['a', 'b', 'a']) {
      await registrar.register(settled(fingerprint, 'waits'));
      const [kase] = await store.runsOf({ inbox: '', folder: 'waits' });
      store.tables.cases.set(kase!.id, { ...kase!, waitingFor: 'CT is missing' });
      await registrar.register(settled(fingerprint, 'not yet looked at'));
    }
    for (const fingerprint of ['a', 'b', 'a']) {
      await registrar.register(settled(fingerprint, 'goes on'));
      accepted(store);
    }
    expect((await store.runsOf({ inbox: '', folder: 'not yet looked at' })).map(({ run }) => run)).to.deep.equal([1]);
    expect(
      (await store.runsOf({ inbox: '', folder: 'waits' })).map(({ run, fingerprint }) => [run, fingerprint]),
    ).to.deep.equal([[1, 'a']]);
    expect((await store.runsOf({ inbox: '', folder: 'goes on' })).map(({ run, state }) => [run, state])).to.deep.equal([
      [3, 'registered'],
      [2, 'cancelled'],
      [1, 'cancelled'],
    ]);
  });

  for (const [onChange, state, after] of [
    ['restart', 'interpreted', 'cancelled'],
    ['finish', 'validated', 'cancelled'],
    ['finish', 'interpreted', 'interpreted'],
    ['finish', 'assembled', 'assembled'],
  ] as const) {
    it(`with intake.onChange: ${onChange} leaves an earlier run that is ${state} as ${after}`, async () => {
      const { store, registrar } = aRegistrar({ onChange });
      await registrar.register(settled('a'));
      const [first] = store.rows;
      store.tables.cases.set(first!.id, { ...first!, state });
      await registrar.register(settled('b'));
      expect(await store.get(first!.id)).to.include({ state: after });
    });
  }

  it('makes another folder dropped under a name that was deleted the next run of that name', async () => {
    const { store, registrar } = aRegistrar();
    await registrar.register(settled('a'));
    const [first] = store.rows;
    store.tables.cases.set(first!.id, { ...first!, state: 'completed' });
    await registrar.register(settled('quite another'));
    expect(
      (await store.runsOf({ inbox: '', folder: 'Doe^John 1970' })).map(({ run, state }) => [run, state]),
    ).to.deep.equal([
      [2, 'registered'],
      [1, 'completed'],
    ]);
  });

  describe('of one name in several spellings', () => {
    const NFC = 'M\u00fcller';
    const NFD = 'Mu\u0308ller';

    it('makes no second case of a folder that is listed in the other Unicode form, nor of one renamed in case only', async () => {
      const { inboxes, store, manager, registrar } = aRegistrar();
      await registrar.register(settled('a', NFD));
      for (const [from, to] of [
        [NFD, NFC],
        [NFC, NFC.toUpperCase()],
      ] as const) {
        inboxes.of().watcher.folders.delete(from);
        inboxes.of().watcher.drop(to);
        await registrar.register(settled('a', to));
      }
      expect(store.rows.map(({ folder, run }) => [folder, run])).to.deep.equal([[NFC.toUpperCase(), 1]]);
      expect(manager.nudges).to.equal(3);
    });

    it('makes changed content of it the next run of that folder', async () => {
      const { inboxes, store, registrar } = aRegistrar();
      await registrar.register(settled('a', NFD));
      accepted(store);
      inboxes.of().watcher.drop(NFC);
      await registrar.register(settled('b', NFC));
      expect(store.rows.map(({ folder, run }) => [folder, run])).to.deep.equal([
        [NFC, 1],
        [NFC, 2],
      ]);
    });

    it('makes two cases of two folders that stand side by side, however often they are offered', async () => {
      const { inboxes, store, registrar } = aRegistrar();
      for (const folder of ['lung', 'Lung']) inboxes.of().watcher.drop(folder);
      for (const folder of ['lung', 'Lung', 'lung', 'Lung']) await registrar.register(settled(`of ${folder}`, folder));
      expect(store.rows.map(({ folder, run }) => [folder, run])).to.deep.equal([
        ['lung', 1],
        ['Lung', 1],
      ]);
    });

    it('begins a case anew that was refused since its folder had vanished under the former spelling', async () => {
      const { inboxes, store, registrar } = aRegistrar();
      await registrar.register(settled('a', 'lung'));
      const error = { code: 'intake.folder-gone', severity: 'input', message: '', remedy: '' } as const;
      store.tables.cases.set(store.rows[0]!.id, { ...store.rows[0]!, state: 'rejected', error });
      inboxes.of().watcher.drop('Lung');
      await registrar.register(settled('a', 'Lung'));
      expect(store.rows.map(({ folder, state }) => [folder, state])).to.deep.equal([
        ['Lung', 'rejected'],
        ['Lung', 'registered'],
      ]);
    });

    it('is not taken for renamed while the share is away: the folder is offered again', async () => {
      const { inboxes, store, registrar } = aRegistrar();
      await registrar.register(settled('a', 'lung'));
      inboxes.of().guard.lose();
      expect(await rejection(registrar.register(settled('a', 'Lung')))).to.include({ code: 'intake.share-lost' });
      expect(store.rows.map(({ folder }) => folder)).to.deep.equal(['lung']);
    });

    it('means another folder in another inbox', async () => {
      const { inboxes, store, registrar } = aRegistrar();
      await registrar.register(settled('a', 'lung'));
      inboxes.of('research').watcher.drop('Lung');
      await registrar.register({ ...settled('a', 'Lung'), inbox: 'research' });
      expect(store.rows.map(({ inbox, folder }) => [inbox, folder])).to.deep.equal([
        ['', 'lung'],
        ['research', 'Lung'],
      ]);
    });
  });

  it('leaves an earlier run alone that has ended', async () => {
    const { store, control, registrar } = aRegistrar();
    await registrar.register(settled('a'));
    const [first] = store.rows;
    store.tables.cases.set(first!.id, { ...first!, state: 'completed' });
    await registrar.register(settled('b'));
    expect(control.asked).to.deep.equal([]);
  });

  it('goes on cancelling the earlier run when the service died right after registering the new one', async () => {
    const { store, control, registrar } = aRegistrar();
    await registrar.register(settled('a'));
    accepted(store);
    const { inbox, folder, fingerprint } = settled('b');
    const request = { id: 'x', inbox, folder, fingerprint, priority: 0, at: 1, actor: 'service' };
    await store.register(request);
    await registrar.register(settled('b'));
    expect(control.asked.map(([verb]) => verb)).to.deep.equal(['cancel']);
  });

  it('tries the cancel again when a running step moved the case in between', async () => {
    const { store, control, registrar } = aRegistrar();
    await registrar.register(settled('a'));
    accepted(store);
    const cancel = sinon.stub(control, 'cancel').callThrough();
    cancel.onFirstCall().rejects(transient('case.lost-race', 'moved by another worker'));
    await registrar.register(settled('b'));
    expect(cancel.callCount).to.equal(2);
  });

  it('takes it as done when the earlier run ended by itself in between', async () => {
    const { store, control, registrar } = aRegistrar();
    await registrar.register(settled('a'));
    accepted(store);
    control.refuse(store.rows[0]!.id);
    await registrar.register(settled('b'));
    expect((await store.runsOf({ inbox: '', folder: 'Doe^John 1970' })).map(({ run }) => run)).to.deep.equal([2, 1]);
  });

  it('rejects when the database does, so that the folder is offered again', async () => {
    const { store, registrar } = aRegistrar();
    sinon.stub(store, 'register').rejects(transient('database.busy', 'busy'));
    let code = '';
    await registrar.register(settled('a')).catch((thrown: unknown) => (code = (thrown as { code: string }).code));
    expect(code).to.equal('database.busy');
  });

  it('logs the case under its id and the hash of its folder, never the folder itself', async () => {
    const { store, log, registrar } = aRegistrar();
    await registrar.register(settled('a'));
    expect(log.lines).to.deep.equal([
      {
        level: 'info',
        message: 'case registered',
        fields: {
          caseId: store.rows[0]?.id,
          run: 1,
          folderHash: folderHash({ inbox: '', folder: 'Doe^John 1970' }),
          files: 3,
          bytes: 4096,
        },
      },
    ]);
    expect(JSON.stringify(log.lines)).not.to.contain('Doe');
  });
});
