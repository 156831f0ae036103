import { expect } from 'chai';
import { newUpload } from '../../../src/domain/case-upload.js';
import { isCleaningDue, isDelivered, keptFiles } from '../../../src/domain/retention.js';
import { aCase } from '../../builders/a-case.js';
import { aReceipt } from '../../builders/a-receipt.js';

const DAY = 86_400_000;
const rules = { completedDays: 30, otherDays: 90, keepLogs: true };

describe('when a work folder is cleaned', () => {
  it('30 days after completion, 90 days after another end, never while the case is under way', () => {
    const due = (state: Parameters<typeof aCase>[0] & object, days: number): boolean =>
      isCleaningDue(aCase({ finishedAt: 0, ...state }), days * DAY, rules);
    expect(due({ state: 'completed' }, 29.9)).to.equal(false);
    expect(due({ state: 'completed' }, 30)).to.equal(true);
    for (const state of ['failed', 'rejected', 'cancelled'] as const) {
      expect(due({ state }, 89)).to.equal(false);
      expect(due({ state }, 90)).to.equal(true);
    }
    expect(due({ state: 'interpreted' }, 1000)).to.equal(false);
    expect(due({ state: 'completed', finishedAt: null }, 1000)).to.equal(false);
  });

  it('never where the rule says keep', () => {
    const old = aCase({ state: 'completed', finishedAt: 0 });
    expect(isCleaningDue(old, 10_000 * DAY, { ...rules, completedDays: null })).to.equal(false);
  });
});

describe('a case whose doses may go', () => {
  const kase = aCase({ id: 'c1', state: 'completed', beamCount: 1 });
  const receipt = (target: string, sopInstanceUid: string, status: 'delivered' | 'failed' = 'delivered') =>
    aReceipt({ target, sopInstanceUid, status });

  it('is completed, with each beam and the plan delivered to every target', () => {
    const both = [receipt('a', '1'), receipt('a', '2'), receipt('b', '1'), receipt('b', '2')];
    expect(isDelivered(kase, both)).to.equal(true);
    expect(isDelivered(kase, both.slice(0, 3))).to.equal(false);
    expect(isDelivered(kase, [...both.slice(0, 3), receipt('b', '2', 'failed')])).to.equal(false);
    expect(isDelivered({ ...kase, state: 'failed' }, both)).to.equal(false);
    expect(isDelivered(kase, [])).to.equal(false);
    const there = newUpload('c1', 'a');
    expect(isDelivered(kase, both, [{ ...there, state: 'delivered' }])).to.equal(true);
    // An optional target that never answered has no receipt yet.
    expect(isDelivered(kase, both, [{ ...there, state: 'delivered' }, newUpload('c1', 'b')])).to.equal(false);
  });
});

describe('what stays of a cleaned work folder', () => {
  const files = [
    'inventory.json',
    'input/ct.mha',
    'input/plan.dcm',
    'beam-001/beam.json',
    'beam-001/geometry.json',
    'beam-001/attempt-9/engine.log',
    'beam-001/attempt-10/engine.log',
    'beam-001/attempt-10/job.json',
    'beam-001/attempt-10/dose.mha',
    'dose/RD.001.dcm',
  ];

  it('is the records and the newest attempt of each beam, of a case delivered in full', () => {
    expect(keptFiles({ delivered: true, keepLogs: true, files })).to.deep.equal([
      'inventory.json',
      'beam-001/beam.json',
      'beam-001/geometry.json',
      'beam-001/attempt-10/engine.log',
      'beam-001/attempt-10/job.json',
    ]);
    expect(keptFiles({ delivered: true, keepLogs: false, files })).to.deep.equal([]);
  });

  it('is, whatever the rules, the report of planned against delivered', () => {
    const cleaning = { delivered: true, keepLogs: false, files: ['delivery-report.csv', 'inventory.json'] };
    expect(keptFiles(cleaning)).to.deep.equal(['delivery-report.csv']);
  });

  it('is, whatever the rules, every RT Dose that was not delivered, with its plan', () => {
    expect(keptFiles({ delivered: false, keepLogs: false, files })).to.deep.equal([
      'input/plan.dcm',
      'dose/RD.001.dcm',
    ]);
  });
});
