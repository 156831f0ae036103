import { expect } from 'chai';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DicomDoseComparer } from '../../../src/adapters/dicom/comparing/dicom-dose-comparer.js';
import type { MadeDose } from '../../../src/ports/dose-maker.js';
import { DoseComparer } from '../../../src/ports/dose-comparer.js';
import { WorkFolders } from '../../../src/ports/work-folders.js';
import { aBeam } from '../../builders/a-beam.js';
import { aCase } from '../../builders/a-case.js';
import { ACommandLine } from '../../builders/a-command-line.js';
import { DoseFixture, KASE } from './dose-fixture.js';

interface Doses {
  readonly doses: readonly {
    readonly beam: number | null;
    readonly difference: { readonly meanGy: number; readonly identical: boolean };
    readonly gamma: { readonly points: number; readonly passed: number };
  }[];
}

describe('mqi diff', () => {
  let temp: string;
  let fixture: DoseFixture;
  let line: ACommandLine;
  beforeEach(async () => {
    temp = mkdtempSync(join(tmpdir(), 'mqi-diff-'));
    fixture = await DoseFixture.make(temp);
    line = new ACommandLine().with(WorkFolders, fixture.folders).with(DoseComparer, new DicomDoseComparer());
    const { cases, beams } = line.tables;
    for (const id of ['c0ffee', 'facade']) {
      cases.set(id, aCase({ id, run: KASE.run, folder: id, state: 'completed' }));
      beams.set(`${id}/1`, aBeam({ id: `${id}/1`, caseId: id, beamNumber: 1, state: 'converted' }));
    }
    await run('c0ffee', 1);
  });
  afterEach(() => {
    rmSync(temp, { recursive: true, force: true });
  });
  /** Dose of a run: flat, so much of 2 Gy. */
  const run = async (id: string, factor: number): Promise<void> => {
    const made: MadeDose = await fixture.beam(1, () => 2 * factor);
    await fixture.maker.planDose(KASE, fixture.planCopy, [made]);
    if (id === KASE.id) return;
    cpSync(fixture.folders.work(KASE), fixture.folders.work({ id, run: KASE.run }), { recursive: true });
    const back = await fixture.beam(1, () => 2);
    await fixture.maker.planDose(KASE, fixture.planCopy, [back]);
  };

  it('says that a run that gave the same dose is the same in every voxel', async () => {
    await run('facade', 1);
    const { exit, out } = await line.type('diff', 'c0ffee', 'facade');
    expect(exit).to.equal(0);
    expect(out)
      .to.match(/^beam 1 .*100\.00 % .*the same in every voxel$/m)
      .and.to.match(/^plan .*the same in every voxel$/m);
  });

  it('tells by how much doses differ, and what part passes 2 %/2 mm or the criteria asked for', async () => {
    await run('facade', 1.025);
    const { doses } = JSON.parse((await line.type('diff', 'c0ffee', 'facade', '--json')).out) as Doses;
    expect(doses.map(({ beam }) => beam)).to.deep.equal([1, null]);
    expect(doses[0]!.difference.meanGy).to.be.closeTo(0.05, 1e-6);
    expect(doses[0]!.gamma).to.include({ points: 120, passed: 0 });
    const wider = await line.type('diff', 'c0ffee', 'facade', '--json', '--criteria', '3/3');
    expect((JSON.parse(wider.out) as Doses).doses[0]!.gamma).to.include({ points: 120, passed: 120 });
    expect((await line.type('diff', 'c0ffee', 'facade')).out).to.match(
      /^beam 1 +2\.0000 +2\.0500 +2\.50 % +0\.00 % +2\.50 %/m,
    );
  });

  it('says what was not the same of the two: dropped files and settings, or that their records do not tell', async () => {
    await run('facade', 1.025);
    expect((await line.type('diff', 'c0ffee', 'facade')).out).to.match(
      /^input: not known of both runs.*\nsettings: not known of both runs.*$/m,
    );
    const record = (id: string, sha256: string, histories: number): void => {
      const basis = { engine: { parameters: { moqui: { histories } } } };
      const dropped = [{ role: 'plan', number: 1, bytes: 9, sha256 }];
      const text = JSON.stringify({ format: 'mqi-record/1', bases: [basis], dropped });
      writeFileSync(join(fixture.folders.work({ id, run: KASE.run }), 'record.json'), text);
    };
    record('c0ffee', 'aa', 1000);
    record('facade', 'bb', 2000);
    const { out } = await line.type('diff', 'c0ffee', 'facade');
    expect(out).to.match(/^input: the plan$/m);
    expect(out).to.match(/^settings: engine.parameters.moqui.histories: 1000 in the first, 2000 in the second$/m);
    record('facade', 'aa', 1000);
    const same = JSON.parse((await line.type('diff', 'c0ffee', 'facade', '--json')).out) as object;
    expect(same).to.deep.include({ inputs: [], settings: [] });
  });

  it('says what stands in the way: no such case, criteria that are none, doses that are gone or damaged', async () => {
    await run('facade', 1);
    expect((await line.type('diff', 'c0ffee', 'nobody')).exit).to.equal(3);
    expect((await line.type('diff', 'c0ffee', 'facade', '--criteria', '2')).exit).to.equal(2);
    writeFileSync(fixture.folders.beamDose({ id: 'facade', run: KASE.run }, 1), 'damaged');
    expect((await line.type('diff', 'c0ffee', 'facade')).err).to.match(/RT Dose made before is no DICOM file/);
    writeFileSync(fixture.folders.cleaned({ id: 'facade', run: KASE.run }), '{}');
    expect((await line.type('diff', 'c0ffee', 'facade')).err).to.match(/work folder of case facade was cleaned/);
  });
});
