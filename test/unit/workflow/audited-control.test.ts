import { expect } from 'chai';
import { operator } from '../../../src/domain/errors.js';
import type { OperatorControl } from '../../../src/workflow/operator-control.js';
import { AuditedControl } from '../../../src/workflow/audited-control.js';
import { aCase } from '../../builders/a-case.js';
import { FakeAuditTrail } from '../../fakes/fake-audit-trail.js';
import { FakeCaseControl } from '../../fakes/fake-case-control.js';
import { FakeCaseStore } from '../../fakes/fake-case-store.js';
import { FakeLogger } from '../../fakes/fake-logger.js';
import { FakeTables } from '../../fakes/fake-tables.js';
import { rejection } from '../../rejection.js';

describe('what operators do, written down', () => {
  let audit: FakeAuditTrail;
  let inner: FakeCaseControl;
  let control: AuditedControl;
  let log: FakeLogger;

  beforeEach(() => {
    const tables = new FakeTables({ cases: [aCase({ id: 'c1', folder: 'DOE^JANE', state: 'failed' })] });
    audit = new FakeAuditTrail();
    inner = new FakeCaseControl(tables);
    log = new FakeLogger();
    control = new AuditedControl(inner as unknown as OperatorControl, audit, new FakeCaseStore(tables), log);
  });

  it('is asked for before, and done after, each by whom and with what', async () => {
    await control.retry('c1', { beamNumber: 2, from: 'simulate', reason: 'DOE^JANE' }, 'cli:anna');
    await control.hold('c1', 'ask about DOE^JANE', 'web:adam');
    await control.resume('c1', 'web:token');
    await control.setPriority('c1', 7, 'web:adam');
    await control.cancel('c1', 'control-file', 'MQI_CANCEL in the folder');
    expect(audit.lines).to.deep.equal([
      'cli:anna retry c1 asked {"beamNumber":2,"from":"simulate"}',
      'cli:anna retry c1 done {"beamNumber":2,"from":"simulate"}',
      'web:adam hold c1 asked',
      'web:adam hold c1 done',
      'web:token resume c1 asked',
      'web:token resume c1 done',
      'web:adam priority c1 asked {"priority":7}',
      'web:adam priority c1 done {"priority":7}',
      'control-file cancel c1 asked',
      'control-file cancel c1 done',
    ]);
    expect(inner.asked).to.have.length(5);
  });

  it('names no folder: which case it became stands at the end', async () => {
    const { id } = await control.submit('DOE^JANE', 'cli:anna');
    expect(audit.lines).to.deep.equal(['cli:anna submit asked', `cli:anna submit ${id} done`]);
  });

  it('is refused with its reason', async () => {
    inner.refuse('c1');
    expect(await rejection(control.resume('c1', 'web:adam'))).to.include({ code: 'case.refused' });
    expect(audit.lines.at(-1)).to.equal('web:adam resume c1 refused {"code":"case.refused"}');
  });

  it('is failed where something else went wrong', async () => {
    inner.refusals.set('c1', operator('disk.full', 'no room'));
    await rejection(control.retry('c1', {}, 'web:adam'));
    expect(audit.lines.at(-1)).to.equal('web:adam retry c1 failed {"code":"disk.full"}');
  });

  it('keeps nothing of an id that no case has: it may be a name', async () => {
    expect(await rejection(control.resume('DOE^JANE', 'web:adam'))).to.include({ code: 'case.not-found' });
    expect(audit.lines).to.deep.equal(['web:adam resume asked', 'web:adam resume refused {"code":"case.not-found"}']);
  });

  it('is not done where it cannot be written down', async () => {
    audit.failure = operator('disk.full', 'no room');
    expect(await rejection(control.cancel('c1', 'web:adam'))).to.include({ code: 'disk.full' });
    expect(inner.asked).to.deep.equal([]);
  });

  it('is done all the same where only its end cannot be written, and the log says so', async () => {
    const act = inner.cancel.bind(inner);
    inner.cancel = (...args) => {
      audit.failure = operator('disk.full', 'no room');
      return act(...args);
    };
    expect(await control.cancel('c1', 'web:adam')).to.include({ state: 'cancelled' });
    expect(audit.lines).to.deep.equal(['web:adam cancel c1 asked']);
    expect(log.lines.map(({ message }) => message)).to.deep.equal(['end of an action not in the audit trail']);
  });
});
