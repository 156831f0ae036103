import { expect } from 'chai';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { MadeDose } from '../../../src/ports/dose-maker.js';
import { anEngineResult } from '../../builders/an-engine-result.js';
import { tempFolder } from '../../temp-folder.js';
import { DoseFixture, failure, GRID, KASE } from './dose-fixture.js';

describe('RT Dose, refused or damaged,', () => {
  const temp = tempFolder();
  let fixture: DoseFixture;
  beforeEach(async () => {
    fixture = await DoseFixture.make(temp.path);
  });

  for (const [what, value] of [
    ['negative', -1e-9],
    ['infinite', Number.POSITIVE_INFINITY],
    ['no number', Number.NaN],
  ] as const) {
    it(`is not made when a voxel is ${what}, and nothing is left behind`, async () => {
      expect(await failure(fixture.beam(1, (index) => (index === 77 ? value : 1)))).to.equal(
        'permanent dose.bad-values',
      );
      expect(existsSync(fixture.folders.beamDose(KASE, 1))).to.equal(false);
    });
  }

  it('is not made of a dose that is zero everywhere', async () => {
    expect(await failure(fixture.beam(1, () => 0))).to.equal('permanent dose.bad-values');
  });

  it('is not made of a file that is short or lies on another grid', async () => {
    await fixture.beam(1, (index) => index);
    const path = fixture.enginePath(1);
    const result = anEngineResult(path, GRID, (index) => index);
    fixture.geometry(1, 'ct', '1.2.3.4', { ...GRID, originMm: [-12.25, -30.5, 5] });
    const again = (): Promise<MadeDose> => fixture.maker.beamDose(KASE, fixture.planCopy, 1, result);
    expect(await failure(again())).to.equal('permanent engine.bad-dose');
    fixture.geometry(1, 'ct', '1.2.3.4');
    writeFileSync(path, readFileSync(path).subarray(0, -8));
    expect(await failure(again())).to.equal('permanent engine.bad-dose');
  });

  it('is not damaged by what a crash left half written', async () => {
    const target = fixture.folders.beamDose(KASE, 1);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(`${target}.part`, Buffer.alloc(1_000_000, 1));
    const made = await fixture.beam(1, (index) => index);
    expect(await fixture.maker.read(target, 1)).to.deep.equal(made);
    expect(readdirSync(dirname(target))).to.deep.equal(['RD.001.dcm']);
  });

  it('of the plan is refused when a beam is damaged, of another case, or on another grid', async () => {
    const one = await fixture.beam(1, (index) => index);
    const elsewhere = await fixture.beam(2, (index) => index, [], { ...GRID, originMm: [0, 0, 0] });
    const plan = (...beams: MadeDose[]): Promise<MadeDose> => fixture.maker.planDose(KASE, fixture.planCopy, beams);
    expect(await failure(plan(one, elsewhere))).to.equal('permanent dose.grids-differ');
    expect(await failure(fixture.maker.planDose({ ...KASE, run: 9 }, fixture.planCopy, [one]))).to.equal(
      'permanent dose.damaged',
    );
    expect(await failure(plan({ ...one, beamNumber: 2 }))).to.equal('permanent dose.damaged');
    expect(await failure(plan(one, one))).to.equal('bug dose.beam-twice');
    writeFileSync(one.path, readFileSync(one.path).subarray(0, -1));
    expect(await failure(plan(one))).to.equal('permanent dose.damaged');
    expect(existsSync(fixture.folders.planDose(KASE))).to.equal(false);
  });

  it('that is missing, cut short or not ours is reported as damaged when it is read back', async () => {
    const made = await fixture.beam(1, (index) => index);
    expect(await failure(fixture.maker.read(join(temp.path, 'none.dcm'), 1))).to.equal('permanent dose.damaged');
    expect(await failure(fixture.maker.read(made.path, 2))).to.equal('permanent dose.damaged');
    expect(await failure(fixture.maker.read(fixture.planCopy, 1))).to.equal('permanent dose.damaged');
    for (const bytes of [0, 100, 132, 500, 1500, made.bytes - 1]) {
      writeFileSync(made.path, readFileSync(made.path).subarray(0, bytes));
      expect(await failure(fixture.maker.read(made.path, 1)), `${String(bytes)} bytes`).to.equal(
        'permanent dose.damaged',
      );
      await fixture.beam(1, (index) => index);
    }
  });

  it('of the same beam asked for twice at once is made one after the other', async () => {
    const [one, two] = await Promise.all([fixture.beam(1, (index) => index), fixture.beam(1, (index) => index)]);
    expect(two).to.deep.equal(one);
    expect(await fixture.maker.read(one.path, 1)).to.deep.equal(one);
  });
});
