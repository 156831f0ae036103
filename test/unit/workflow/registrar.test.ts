import { expect } from 'chai';
import sinon from 'sinon';
import { transient } from '../../../src/domain/errors.js';
import { folderHash } from '../../../src/workflow/folder-hash.js';
import { Registrar } from '../../../src/workflow/registrar.js';
import { FakeCaseControl } from '../../fakes/fake-case-control.js';
import { FakeCaseStore } from '../../fakes/fake-case-store.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { FakeLogger } from '../../fakes/fake-logger.js';
import { FakeNudge } from '../../fakes/fake-nudge.js';

const settled = (fingerprint: string, folder = 'Doe^John 1970') => ({ folder, fingerprint, files: 3, bytes: 4096 });

function aRegistrar() {
  const store = new FakeCaseStore();
  const control = new FakeCaseControl(store.tables);
  const manager = new FakeNudge();
  const log = new FakeLogger();
  const registrar = new Registrar(store, control, manager, new FakeClock(), log);
  return { store, control, manager, log, registrar };
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
    await registrar.register(settled('b'));
    expect((await store.runsOf('Doe^John 1970')).map(({ run, state }) => [run, state])).to.deep.equal([
      [2, 'registered'],
      [1, 'cancelled'],
    ]);
    const reason = 'the folder changed: run 2 takes its place';
    expect(control.asked.map(([verb, , actor, why]) => [verb, actor, why])).to.deep.equal([
      ['cancel', 'service', reason],
    ]);
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
    const request = { id: 'x', folder: 'Doe^John 1970', fingerprint: 'b', priority: 0, at: 1, actor: 'service' };
    await store.register(request);
    await registrar.register(settled('b'));
    expect(control.asked.map(([verb]) => verb)).to.deep.equal(['cancel']);
  });

  it('tries the cancel again when a running step moved the case in between', async () => {
    const { control, registrar } = aRegistrar();
    await registrar.register(settled('a'));
    const cancel = sinon.stub(control, 'cancel').callThrough();
    cancel.onFirstCall().rejects(transient('case.lost-race', 'moved by another worker'));
    await registrar.register(settled('b'));
    expect(cancel.callCount).to.equal(2);
  });

  it('takes it as done when the earlier run ended by itself in between', async () => {
    const { store, control, registrar } = aRegistrar();
    await registrar.register(settled('a'));
    control.refuse(store.rows[0]!.id);
    await registrar.register(settled('b'));
    expect((await store.runsOf('Doe^John 1970')).map(({ run }) => run)).to.deep.equal([2, 1]);
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
          folderHash: folderHash('Doe^John 1970'),
          files: 3,
          bytes: 4096,
        },
      },
    ]);
    expect(JSON.stringify(log.lines)).not.to.contain('Doe');
  });
});
