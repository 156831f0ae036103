import { expect } from 'chai';
import { choosePlan } from '../../../src/domain/acceptance.js';
import { aCtSlice, aPlanFile, aStructureSet, anInventory } from '../../builders/an-inventory.js';
import { refused } from '../../refused.js';

describe('Choosing the plan of a case', () => {
  it('takes the one RT Ion Plan, also beside a photon plan', () => {
    const file = choosePlan(anInventory({ otherPlans: [aPlanFile({ path: 'photon.dcm' })] }));
    expect(file.path).to.equal('plan.dcm');
  });

  it('rejects an empty folder, and one of text files, naming what could not be read', () => {
    const empty = refused(() => choosePlan(anInventory({ ionPlans: [], files: 0 })));
    expect([empty.code, empty.message]).to.deep.equal(['plan.none', 'the folder is empty']);
    const unreadable = [{ path: 'a\nb', reason: 'no permission to read it' }];
    const texts = refused(() => choosePlan(anInventory({ ionPlans: [], files: 3, unreadable })));
    expect(texts.message).to.equal(
      'the folder has no RT Ion Plan among its 3 files; could not be read: “a?b” (no permission to read it)',
    );
  });

  for (const [what, change, words, remedy] of [
    [
      'images without a plan',
      {
        ctSlices: [aCtSlice(0), aCtSlice(2)],
        structureSets: [aStructureSet([0, 2])],
        otherObjects: ['481.2', '481.2', '999'].map((end, i) => ({
          path: `o${String(i)}`,
          sopClassUid: `1.2.840.10008.5.1.4.1.1.${end}`,
        })),
        files: 6,
      },
      '6 files: 2 CT slices, 1 structure set, 2 RT Doses, 1 other DICOM object',
      'put the RT Ion Plan into the folder',
    ],
    [
      'nothing but a DICOMDIR',
      { directories: ['DICOMDIR'], files: 1 },
      '1 file: 1 DICOMDIR',
      'copy those that it lists',
    ],
    [
      'nothing but delivery logs',
      { notDicom: ['2025/PlanInfo.txt', '2025/PlanRange.txt', '2025/01_1_2_3_4.ptn'], files: 3 },
      '3 files: 3 delivery log files',
      'the RT Ion Plan that was delivered',
    ],
    [
      'files of no kind we know',
      { notDicom: ['notes.txt'], files: 1 },
      '1 file: 1 file that is no DICOM',
      'none if the folder is no case',
    ],
  ] as const) {
    it(`says of a folder that holds ${what} what it holds, and what to do`, () => {
      const { message, remedy: said } = refused(() => choosePlan(anInventory({ ionPlans: [], ...change })));
      expect(message).to.equal(`the folder has no RT Ion Plan among its ${words}`);
      expect(said).to.contain(remedy);
    });
  }

  it('says of plans in folders of their own that the layout may be one level short', () => {
    const plans = ['study1/plan.dcm', 'study2/plan.dcm'].map((path) => aPlanFile({ path }));
    expect(refused(() => choosePlan(anInventory({ ionPlans: plans }))).remedy).to.contain('one level deeper');
    const flat = plans.map((plan) => ({ ...plan, path: plan.path.replace('/', '-') }));
    expect(refused(() => choosePlan(anInventory({ ionPlans: flat }))).remedy).to.contain('cases of their own');
  });

  it('rejects photon plans alone, and several ion plans, naming the files', () => {
    const photon = refused(() =>
      choosePlan(anInventory({ ionPlans: [], otherPlans: [aPlanFile({ path: 'p/x.dcm' })] })),
    );
    expect([photon.severity, photon.code]).to.deep.equal(['input', 'plan.not-ion']);
    expect(photon.message).to.contain('“p/x.dcm”');
    const several = refused(() => choosePlan(anInventory({ ionPlans: [aPlanFile(), aPlanFile({ path: 'two.dcm' })] })));
    expect(several.code).to.equal('plan.several');
    expect(several.message).to.contain('“plan.dcm”, “two.dcm”');
  });
});
