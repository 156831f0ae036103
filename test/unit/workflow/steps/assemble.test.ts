import { expect } from 'chai';
import type { Beam } from '../../../../src/domain/beam.js';
import { CaseError } from '../../../../src/domain/errors.js';
import { Folders } from '../../../../src/domain/folders.js';
import { AssembleStep } from '../../../../src/workflow/steps/assemble.js';
import type { StepContext } from '../../../../src/ports/step.js';
import { aBeam } from '../../../builders/a-beam.js';
import { aCase } from '../../../builders/a-case.js';
import { FakeBeamStore } from '../../../fakes/fake-beam-store.js';
import { FakeDoseMaker } from '../../../fakes/fake-dose-maker.js';
import { FakeLogger } from '../../../fakes/fake-logger.js';

describe('the step assemble', () => {
  const folders = new Folders('/root', '/root/inbox');
  const kase = aCase({ id: 'c1', state: 'simulated' });
  let beams: FakeBeamStore;
  let doses: FakeDoseMaker;
  let step: AssembleStep;
  let context: StepContext;
  let stop: AbortController;

  beforeEach(() => {
    beams = new FakeBeamStore();
    doses = new FakeDoseMaker(folders);
    step = new AssembleStep(beams, doses, folders);
    stop = new AbortController();
    context = { signal: stop.signal, log: new FakeLogger(), held: () => false };
  });
  const converted = async (beamNumber: number, change: Partial<Beam> = {}): Promise<void> => {
    const result = {
      path: '/dose.mha',
      grid: { originMm: [0, 0, 0], spacingMm: [1, 1, 1], size: [1, 1, 1] },
      maxGy: 1,
    } as const;
    const dose = await doses.beamDose(kase, '/plan', beamNumber, { ...result, remarks: [] });
    const beam = aBeam({ beamNumber, state: 'converted', resultSha256: dose.sha256, ...change });
    beams.tables.beams.set(beam.id, beam);
  };
  const failure = async (): Promise<string> => {
    try {
      await step.run(kase, context);
    } catch (error) {
      if (error instanceof CaseError) return `${error.severity} ${error.code}`;
      throw error;
    }
    return 'no failure';
  };

  it('sums the doses of all beams into that of the plan', async () => {
    for (const beam of [3, 0, 7]) await converted(beam);
    expect(await step.run(kase, context)).to.deep.equal({ do: 'advance' });
    expect(doses.sums).to.deep.equal([[0, 3, 7]]);
    expect(doses.made.has(folders.planDose(kase))).to.equal(true);
  });

  it('gives the same plan dose when it is repeated after a crash', async () => {
    await converted(1);
    await step.run(kase, context);
    const first = doses.made.get(folders.planDose(kase));
    await step.run(kase, context);
    expect(doses.made.get(folders.planDose(kase))).to.deep.equal(first);
  });

  it('never sums fewer beams than the plan has', async () => {
    await converted(1);
    await converted(2, { state: 'executed' });
    expect(await failure()).to.equal('bug assemble.beam-not-converted');
    expect(doses.sums).to.deep.equal([]);
  });

  it('does not take a dose for the recorded one when the file is another', async () => {
    await converted(1, { resultSha256: 'of another file' });
    expect(await failure()).to.equal('permanent dose.damaged');
  });

  it('reports a missing dose of a beam', async () => {
    await converted(1);
    doses.made.clear();
    expect(await failure()).to.equal('permanent dose.damaged');
  });

  it('does nothing for a case without beams but say that this is a bug', async () => {
    expect(await failure()).to.equal('bug assemble.no-beams');
  });

  it('lets go when told to stop', async () => {
    await converted(1);
    stop.abort(new Error('stopping'));
    let thrown: unknown;
    await step.run(kase, context).catch((error: unknown) => {
      thrown = error;
    });
    expect(thrown).to.equal(stop.signal.reason);
    expect(doses.sums).to.deep.equal([]);
  });
});
