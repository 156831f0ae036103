import { expect } from 'chai';
import sinon from 'sinon';
import { rerunReason } from '../../../src/domain/case.js';
import { transient } from '../../../src/domain/errors.js';
import type { ControlFileName } from '../../../src/ports/folder-watcher.js';
import { ControlFiles } from '../../../src/workflow/control-files.js';
import { aCase } from '../../builders/a-case.js';
import { FakeAuditTrail } from '../../fakes/fake-audit-trail.js';
import { FakeCaseControl } from '../../fakes/fake-case-control.js';
import { FakeCaseStore } from '../../fakes/fake-case-store.js';
import { FakeLogger } from '../../fakes/fake-logger.js';

const WRITTEN_AT = Date.UTC(2026, 10, 23, 8, 0, 0);
const REASON = (name: string) => `${name} in the folder, written 2026-11-23T08:00:00.000Z`;
const file = (name: ControlFileName, writtenAt = WRITTEN_AT) => ({ inbox: '', folder: 'Doe^John', name, writtenAt });

function aScene() {
  const store = new FakeCaseStore();
  const control = new FakeCaseControl(store.tables);
  const log = new FakeLogger();
  const put = (id: string, run: number): void => {
    store.tables.cases.set(id, aCase({ id, run, folder: 'Doe^John', state: 'interpreted' }));
  };
  const note = (caseId: string, reason: string): void => {
    const move = { event: 'hold', from: 'interpreted', to: 'interpreted', actor: 'control-file', at: 1 } as const;
    store.tables.transitions.push({ id: store.tables.nextId(), caseId, reason, ...move });
  };
  const audit = new FakeAuditTrail();
  /** As after a restart: nothing is remembered but what is written down. */
  const restarted = () => new ControlFiles(store, control, audit, log);
  return { store, control, audit, log, put, note, restarted, files: restarted() };
}

describe('control files in a case folder', () => {
  it('retry, hold and cancel the newest run, saying which file asked', async () => {
    const { control, put, files } = aScene();
    put('old', 1);
    put('new', 2);
    expect(await files.obey(file('MQI_RETRY'))).to.equal(true);
    expect(await files.obey(file('MQI_HOLD'))).to.equal(true);
    expect(await files.obey(file('MQI_CANCEL'))).to.equal(true);
    expect(control.asked).to.deep.equal([
      ['retry', 'new', { reason: REASON('MQI_RETRY') }, 'control-file'],
      ['hold', 'new', REASON('MQI_HOLD'), 'control-file'],
      ['cancel', 'new', 'control-file', REASON('MQI_CANCEL')],
    ]);
  });

  it('wait for the folder to become a case', async () => {
    const { control, files } = aScene();
    expect(await files.obey(file('MQI_HOLD'))).to.equal(false);
    expect(control.asked).to.deep.equal([]);
  });

  it('are not obeyed again after a restart, nor for the next run', async () => {
    const { control, put, note, files } = aScene();
    put('old', 1);
    put('new', 2);
    note('old', REASON('MQI_HOLD'));
    expect(await files.obey(file('MQI_HOLD'))).to.equal(true);
    expect(control.asked).to.deep.equal([]);
  });

  it('are not obeyed again where they have made a further run of the folder', async () => {
    const { control, put, note, files } = aScene();
    put('new', 2);
    note('new', rerunReason(REASON('MQI_RETRY')));
    expect(await files.obey(file('MQI_RETRY'))).to.equal(true);
    expect(control.asked).to.deep.equal([]);
  });

  it('are obeyed again when written anew, even by a clock that runs behind', async () => {
    const { control, put, note, files } = aScene();
    put('c1', 1);
    note('c1', REASON('MQI_HOLD'));
    expect(await files.obey(file('MQI_HOLD', WRITTEN_AT - 3_600_000))).to.equal(true);
    expect(control.asked).to.have.length(1);
  });

  it('are refused with a line in the log, and without the folder name, where the state does not allow it', async () => {
    const { control, log, put, files } = aScene();
    put('c1', 1);
    control.refuse('c1');
    expect(await files.obey(file('MQI_CANCEL'))).to.equal(true);
    expect(log.messages('warn')).to.deep.equal(['control file refused']);
    expect(JSON.stringify(log.lines)).not.to.contain('Doe');
  });

  for (const name of ['MQI_RETRY', 'MQI_HOLD', 'MQI_CANCEL'] as const) {
    it(`that were refused, as ${name} here, do not lie in wait for a restart at which they would be obeyed`, async () => {
      const { control, put, files, restarted } = aScene();
      put('c1', 1);
      control.refuse('c1');
      await files.obey(file(name));
      control.refusals.clear();
      expect(await restarted().obey(file(name))).to.equal(true);
      put('c2', 2);
      expect(await restarted().obey(file(name))).to.equal(true);
      expect(control.asked).to.deep.equal([]);
      await restarted().obey(file(name, WRITTEN_AT + 60_000));
      expect(control.asked).to.have.length(1);
    });
  }

  it('are in the audit trail once for each time they are written, refused or not', async () => {
    const { control, audit, put, files, restarted } = aScene();
    put('c1', 1);
    control.refuse('c1');
    await files.obey(file('MQI_RETRY'));
    await restarted().obey(file('MQI_RETRY'));
    control.refusals.clear();
    await files.obey(file('MQI_HOLD'));
    const written = '"written":"2026-11-23T08:00:00.000Z"';
    expect(audit.lines).to.deep.equal([
      `control-file retry c1 asked {${written}}`,
      `control-file retry c1 refused {"code":"case.refused",${written}}`,
      `control-file hold c1 asked {${written}}`,
      `control-file hold c1 done {${written}}`,
    ]);
  });

  it('are asked for again when another writer was first, also after a restart', async () => {
    const { control, put, files, restarted } = aScene();
    put('c1', 1);
    sinon.stub(control, 'hold').rejects(transient('case.lost-race', 'moved by another worker'));
    let code = '';
    await files.obey(file('MQI_HOLD')).catch((thrown: unknown) => (code = (thrown as { code: string }).code));
    expect(code).to.equal('case.lost-race');
    sinon.restore();
    await restarted().obey(file('MQI_HOLD'));
    expect(control.asked).to.have.length(1);
  });
});
