import { expect } from 'chai';
import { operator } from '../../../src/domain/errors.js';
import { afterFailure, neverTried } from '../../../src/domain/target-state.js';
import { UploadTargets } from '../../../src/ports/upload-target.js';
import { ACommandLine } from '../../builders/a-command-line.js';
import { aCase } from '../../builders/a-case.js';
import { aReceipt } from '../../builders/a-receipt.js';
import { FakeUploadTarget } from '../../fakes/fake-upload-target.js';

const AWAY = {
  code: 'upload.unavailable',
  severity: 'transient',
  message: 'upload target pacs cannot be reached (ECONNREFUSED)',
  remedy: 'nothing to do: it is tried again',
} as const;
const DOWN = afterFailure(neverTried('pacs'), AWAY, {
  at: Date.parse('2026-11-23T11:00:00.000Z'),
  counts: true,
  policy: { maxRetries: 3, baseMs: 60_000, capMs: 600_000 },
  random: () => 1,
});

describe('upload targets at the command line', () => {
  let line: ACommandLine;

  beforeEach(() => {
    line = new ACommandLine().with(UploadTargets, [new FakeUploadTarget('pacs', true), new FakeUploadTarget('outbox')]);
    line.tables.targets.set('pacs', DOWN);
    line.tables.cases.set('aaa1', aCase({ id: 'aaa1', folder: 'lung', state: 'completed' }));
  });

  it('are listed as the service last found them, those it has not seen as well', async () => {
    const { out } = await line.type('targets', '--json');
    const { targets } = JSON.parse(out) as { targets: Record<string, unknown>[] };
    expect(targets[0]).to.deep.equal({
      name: 'pacs',
      kind: 'fake',
      optional: true,
      state: 'down',
      waiting: 0,
      lastSuccessAt: null,
      lastFailureAt: '2026-11-23T11:00:00.000Z',
      nextProbeAt: '2026-11-23T11:01:00.000Z',
      error: AWAY,
    });
    expect(targets[1]).to.include({ name: 'outbox', state: 'unknown', waiting: 0, error: null });
    expect((await line.type('targets')).out).to.match(/pacs +fake, optional +down +0 .*ECONNREFUSED/);
  });

  it('are sent a case again on demand, all or the one that is named', async () => {
    expect(await line.type('deliver', 'lung')).to.include({ exit: 0, err: '' });
    expect((await line.type('deliver', 'aaa1', '--target', 'pacs', '--json')).exit).to.equal(0);
    expect(line.deliveries.asked).to.deep.equal([
      ['aaa1', null, 'cli:tester'],
      ['aaa1', 'pacs', 'cli:tester'],
    ]);
    expect((await line.type('deliver', 'none')).exit).to.equal(3);
  });

  it('say at once when one that was asked for is down, why, and that it is tried now', async () => {
    const { exit, out } = await line.type('deliver', 'aaa1');
    expect(exit).to.equal(0);
    expect(out).to.match(/target pacs is down \(.*ECONNREFUSED.*\): the service tries it once now; .*again about .*\d/);
    expect((await line.type('deliver', 'aaa1', '--target', 'outbox')).out).not.to.contain('down');
    const view = JSON.parse((await line.type('deliver', 'aaa1', '--json')).out) as { targetsDown: { name: string }[] };
    expect(view.targetsDown.map(({ name }) => name)).to.deep.equal(['pacs']);
  });

  it('refuse in words and with their exit codes what cannot be sent', async () => {
    line.deliveries.refusal = operator('case.refused', 'it has no results to deliver');
    expect(await line.type('deliver', 'aaa1')).to.include({ exit: 4 });
    line.deliveries.refusal = operator('usage.no-such-target', 'there is no upload target "pax"');
    expect((await line.type('deliver', 'aaa1', '--target', 'pax')).exit).to.equal(2);
  });

  it('have their receipts exported as CSV that a spreadsheet opens without obeying it', async () => {
    const said = '=1+1 "so, there"';
    line.tables.receipts.set('1', aReceipt({ caseId: 'aaa1', attempts: 3, peerSaid: said, at: 0 }));
    const rows = (await line.type('case', 'lung', '--receipts')).out.split('\r\n');
    expect(rows[0]).to.equal('target,sopInstanceUid,status,location,sha256,verifiedBy,attempts,peerSaid,sentUid,at');
    expect(rows[1]).to.match(/^outbox,2\.25\.1,pending,,(ab)+,,3,"'=1\+1 ""so, there""",,1970-01-01T00:00:00\.000Z$/);
    const { out } = await line.type('case', 'lung', '--receipts', '--json');
    expect((JSON.parse(out) as { receipts: unknown[] }).receipts).to.have.length(1);
  });

  it('are named by the cases that wait for them, with the reason and the next attempt', async () => {
    const waitingFor = 'target pacs (cannot be reached (ECONNREFUSED))';
    const far = line.now + 500_000;
    line.tables.cases.set('bbb1', aCase({ id: 'bbb1', folder: 'b', state: 'assembled', waitingFor, notBefore: far }));
    const { out } = await line.type('cases', '--json');
    const kase = (JSON.parse(out) as { cases: Record<string, unknown>[] }).cases.find(({ id }) => id === 'bbb1');
    expect(kase).to.include({
      status: `waiting for ${waitingFor}, next attempt at 2026-11-23 11:01:00 UTC`,
      nextAttemptAt: '2026-11-23T11:01:00.000Z',
      waitingFor,
    });
  });
});
