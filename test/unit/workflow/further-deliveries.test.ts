import { expect } from 'chai';
import { SettingsSchema } from '../../../src/config/settings.js';
import { rerunReason, type Case } from '../../../src/domain/case.js';
import type { Inventory } from '../../../src/domain/inventory.js';
import { FurtherDeliveries } from '../../../src/workflow/further-deliveries.js';
import { aBeam } from '../../builders/a-beam.js';
import { aCase } from '../../builders/a-case.js';
import { anAcceptedDelivery } from '../../builders/an-accepted-case.js';
import { anInventory } from '../../builders/an-inventory.js';
import { FakeBeamStore } from '../../fakes/fake-beam-store.js';
import { FakeCaseStore } from '../../fakes/fake-case-store.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { FakeTables } from '../../fakes/fake-tables.js';

const FIRST = '20250424/2025042414400800';
const SECOND = '20250425/2025042514400800';
const MINUTE = 60_000;

/** Files by path with a stamp each; what is below a delivery folder is no DICOM. */
function inventoryOf(files: Readonly<Record<string, string>>): Inventory {
  const notDicom = Object.keys(files).filter((path) => path.startsWith('2025'));
  return anInventory({ stamps: new Map(Object.entries(files)), notDicom });
}
const BEFORE = { 'plan.dcm': '1', 'ct/0.dcm': '2', [`${FIRST}/PlanInfo.txt`]: '3', [`${FIRST}/a.ptn`]: '4' };
const AFTER = { ...BEFORE, [`${SECOND}/PlanInfo.txt`]: '5', [`${SECOND}/a.ptn`]: '6' };
type OfDeliveries = Parameters<FurtherDeliveries['settle']>[3];
const first = anAcceptedDelivery({ folder: FIRST });
const second = anAcceptedDelivery({ folder: SECOND, fraction: 2, startedAt: first.startedAt + 24 * 60 * MINUTE });
const both = { deliveries: [first, second], referenceFraction: 1 };

function aFolder(settings: object = {}) {
  const clock = new FakeClock();
  const tables = new FakeTables();
  const cases = new FakeCaseStore(tables);
  const further = new FurtherDeliveries(cases, new FakeBeamStore(tables), clock, SettingsSchema.parse(settings));
  const converted = { state: 'converted', resultPath: 'work/c1/1/dose/RD.001.dcm', resultSha256: 'abc' } as const;
  const beam = aBeam({ caseId: 'c1', ...converted });
  const run = (change: Partial<Case>): Case => {
    const kase = aCase({ folder: 'f', takenAt: clock.now(), ...change });
    tables.cases.set(kase.id, kase);
    return kase;
  };
  /** As validation settles it. */
  const settle = (kase: Case, files: Readonly<Record<string, string>> = AFTER, accepted: OfDeliveries = both) =>
    further.settle(kase, [beam], inventoryOf(files), accepted);
  /** The first run of the folder, completed with the first fraction's logs. */
  const done = async (change: Partial<Case> = {}): Promise<Case> => {
    const kase = run({ id: 'c1', run: 1 });
    const settled = await settle(kase, BEFORE, { deliveries: [first], referenceFraction: 1 });
    tables.beams.set(beam.id, beam);
    return run({ ...kase, ...('facts' in settled ? settled.facts : {}), state: 'completed', ...change });
  };
  return { clock, tables, run, settle, done };
}

describe('a completed folder that gains the logs of a later fraction', () => {
  it('takes the doses of the completed run over, finished beams and all', async () => {
    const { run, settle, done } = aFolder();
    await done();
    const settled = await settle(run({ id: 'c2', run: 2 }));
    expect(settled).to.have.nested.property('facts.resultsOf', 'c1');
    expect(settled).to.have.nested.property('beams[0].made.resultSha256', 'abc');
    expect(settled)
      .to.have.property('remarks')
      .that.matches(/the doses of case c1 stand/);
  });

  it('names the run that has calculated, also after several fractions', async () => {
    const { run, settle, done, tables } = aFolder();
    const { calculationKey } = await done();
    run({ id: 'c2', run: 2, state: 'completed', calculationKey, resultsOf: 'c1' });
    for (const beam of tables.beamsOf('c1')) tables.beams.set('c2/1', { ...beam, id: 'c2/1', caseId: 'c2' });
    expect(await settle(run({ id: 'c3', run: 3 }))).to.have.nested.property('facts.resultsOf', 'c1');
  });

  for (const [what, files] of [
    ['the plan', { ...AFTER, 'plan.dcm': 'new' }],
    ['a slice of the CT', { ...AFTER, 'ct/0.dcm': 'new' }],
    ['the logs of the fraction that was calculated', { ...AFTER, [`${FIRST}/a.ptn`]: 'new' }],
    ['a file that is no delivery log', { ...AFTER, 'rs.dcm': '7' }],
  ] as const) {
    it(`is calculated anew if ${what} changed too`, async () => {
      const { run, settle, done } = aFolder();
      await done();
      const settled = await settle(run({ id: 'c2', run: 2 }), files);
      expect(settled).to.have.nested.property('facts.resultsOf', null);
      expect(settled).not.to.have.nested.property('beams[0].made');
    });
  }

  it('is calculated anew if an earlier fraction turned up that is the reference now', async () => {
    const { run, settle, done } = aFolder();
    await done();
    const settled = await settle(run({ id: 'c2', run: 2 }), AFTER, { ...both, referenceFraction: 2 });
    expect(settled).to.have.nested.property('facts.resultsOf', null);
  });

  it('is calculated anew where it was calculated from the plan before it had logs', async () => {
    const { run, settle, done } = aFolder();
    await done();
    const fromPlan = run({ id: 'c2', run: 2 });
    const settled = await settle(fromPlan, BEFORE, { deliveries: [], referenceFraction: null });
    expect(settled).to.have.nested.property('facts.resultsOf', null);
  });

  it('is calculated anew when an operator asks for it', async () => {
    const { run, settle, done, tables } = aFolder();
    await done();
    const asked = run({ id: 'c2', run: 2 });
    const line = { from: null, to: 'registered', actor: 'cli:me', at: 1 } as const;
    tables.transitions.push({ id: 1, caseId: 'c2', event: 'register', reason: rerunReason('run again'), ...line });
    expect(await settle(asked)).to.have.nested.property('facts.resultsOf', null);
  });

  it('is calculated anew if other content was completed in between: its doses are what the target shows', async () => {
    const { run, settle, done } = aFolder();
    await done();
    run({ id: 'c2', run: 2, state: 'completed', calculationKey: 'other' });
    expect(await settle(run({ id: 'c3', run: 3 }))).to.have.nested.property('facts.resultsOf', null);
  });

  it('takes the doses over also where a run in between was refused', async () => {
    const { run, settle, done } = aFolder();
    await done();
    run({ id: 'c2', run: 2, state: 'rejected' });
    expect(await settle(run({ id: 'c3', run: 3 }))).to.have.nested.property('facts.resultsOf', 'c1');
  });

  it('is calculated where the earlier run has not come to its end, or lacks a dose', async () => {
    const unfinished = aFolder();
    await unfinished.done({ state: 'failed' });
    const next = await unfinished.settle(unfinished.run({ id: 'c2', run: 2 }));
    expect(next).to.have.nested.property('facts.resultsOf', null);

    const without = aFolder();
    await without.done();
    without.tables.beams.clear();
    expect(await without.settle(without.run({ id: 'c2', run: 2 }))).to.have.nested.property('facts.resultsOf', null);
  });

  it('is always calculated where a program of the site makes the input: it may read any file', async () => {
    const { run, settle, done } = aFolder({ interpretation: { kind: 'command', command: { argv: ['x'] } } });
    await done();
    const settled = await settle(run({ id: 'c2', run: 2 }));
    expect(settled).to.have.deep.property('facts', { calculationKey: null, resultsOf: null });
  });

  it('waits, as the same run, for the rest of a fraction that may still grow, and at most an hour', async () => {
    const { clock, run, settle, done } = aFolder();
    await done();
    const kase = run({ id: 'c2', run: 2 });
    const pending = { ...both, deliveries: [first, { ...second, fractionStatus: 'pending' as const }] };
    expect(await settle(kase, AFTER, pending)).to.deep.equal({
      do: 'wait',
      waitingFor: 'the rest of fraction 2: logs of 1 of 1 beams are there',
      lookAgainAt: clock.now() + 60 * MINUTE,
    });
    await clock.advance(60 * MINUTE);
    expect(await settle(kase, AFTER, pending)).to.have.nested.property('facts.resultsOf', 'c1');
  });
});
