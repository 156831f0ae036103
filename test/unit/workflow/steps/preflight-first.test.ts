import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { CaseError } from '../../../../src/domain/errors.js';
import { Folders } from '../../../../src/domain/folders.js';
import type { Step } from '../../../../src/ports/step.js';
import { PreflightFirstStep } from '../../../../src/workflow/steps/preflight-first.js';
import { aBeam } from '../../../builders/a-beam.js';
import { aCase } from '../../../builders/a-case.js';
import { FakeBeamStore } from '../../../fakes/fake-beam-store.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { FakeDosePreflight } from '../../../fakes/fake-dose-preflight.js';
import { FakeLogger } from '../../../fakes/fake-logger.js';
import { rejection } from '../../../rejection.js';
import { tempFolder } from '../../../temp-folder.js';

describe('delivery that begins with a preflight', () => {
  const temp = tempFolder();
  const kase = aCase({ id: 'c1', state: 'assembled' });
  let folders: Folders;
  let preflight: FakeDosePreflight;
  let delivered: number;
  beforeEach(() => {
    folders = new Folders(temp.path, join(temp.path, 'inbox'));
    preflight = new FakeDosePreflight();
    delivered = 0;
  });
  const run = (of = kase): ReturnType<Step['run']> => {
    const inner: Step = {
      name: 'upload',
      run: () => {
        delivered++;
        return Promise.resolve({ do: 'advance' });
      },
    };
    const beams = new FakeBeamStore();
    beams.tables.beams.set('c1/3', aBeam({ id: 'c1/3', caseId: 'c1', beamNumber: 3 }));
    const step = new PreflightFirstStep(inner, { preflight, beams, folders, clock: new FakeClock() });
    return step.run(of, { signal: new AbortController().signal, log: new FakeLogger(), held: () => false });
  };

  it('goes on when every object of the case was found right', async () => {
    preflight.findings = [{ beamNumber: 3, path: '/RD.003.dcm', failures: [] }];
    expect(await run()).to.deep.equal({ do: 'advance' });
    expect(preflight.asked).to.deep.equal([[3]]);
    expect(delivered).to.equal(1);
  });

  it('delivers nothing when one is wrong, says what, and keeps it with a report for study', async () => {
    const path = folders.beamDose(kase, 3);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, 'as it was');
    const many = ['one', 'two', 'three', 'four', 'five', 'six'];
    preflight.findings = [
      { beamNumber: 3, path, failures: many },
      { beamNumber: null, path: folders.planDose(kase), failures: ['is missing'] },
    ];
    const error = await rejection(run());
    expect(delivered).to.equal(0);
    expect(error).to.be.instanceOf(CaseError).and.include({ severity: 'permanent', code: 'dose.preflight' });
    expect((error as CaseError).message).to.match(
      /^nothing was delivered: the dose of beam 3: one; .*five; and 2 more$/,
    );
    expect((error as CaseError).remedy).to.match(/preflight\/report.json.*mqi retry ID --from simulate/);
    const kept = join(folders.work(kase), 'preflight');
    writeFileSync(`${path}.new`, 'made anew');
    const [object, report] = readdirSync(kept).sort();
    expect(readFileSync(join(kept, object!), 'utf8')).to.equal('as it was');
    expect(JSON.parse(readFileSync(join(kept, report!), 'utf8'))).to.deep.include({
      objects: [
        { beamNumber: 3, file: 'RD.003.dcm', failures: many },
        { beamNumber: null, file: 'RD.plan.dcm', failures: ['is missing'] },
      ],
    });
  });

  it('has nothing to look at for a run whose doses are an earlier run’s', async () => {
    await run({ ...kase, resultsOf: 'c0' });
    expect(preflight.asked).to.deep.equal([]);
    expect(delivered).to.equal(1);
  });
});
