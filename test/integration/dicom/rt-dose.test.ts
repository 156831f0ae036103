import { expect } from 'chai';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MadeDose } from '../../../src/ports/dose-maker.js';
import { anEngineResult } from '../../builders/an-engine-result.js';
import { dciodvfyErrors, dcmdump, hasDciodvfy, hasDcmtk, hasPydicom, pydicom } from '../../dicom-tools.js';
import { tempFolder } from '../../temp-folder.js';
import { CALCULATED_AT_S, DoseFixture, GRID, KASE } from './dose-fixture.js';

/** Published phantom data beside the project, where it is. */
const SHARED = fileURLToPath(new URL('../../../../../shared/data', import.meta.url));

describe('RT Dose', () => {
  const temp = tempFolder();
  let fixture: DoseFixture;
  beforeEach(async () => {
    fixture = await DoseFixture.make(temp.path);
  });

  it('of a beam gives back the dose of the engine to a millionth of its maximum', async function () {
    if (!hasPydicom()) this.skip();
    const doseGy = (index: number): number => 2.0437 * Math.exp(-(((index - 61.3) / 20) ** 2));
    const made = await fixture.beam(2, doseGy);
    const dose = await fixture.read(made.path);
    expect(dose.gy).to.have.length(120);
    dose.gy.forEach((gy, index) => expect(gy).to.be.closeTo(doseGy(index), 2.0437e-6));
    expect(Math.max(...dose.gy)).to.be.closeTo(doseGy(61), 2e-9);
  });

  it('lies where the engine grid lies, first voxel centre and frame offsets included', async function () {
    if (!hasPydicom()) this.skip();
    const dose = await fixture.read((await fixture.beam(2, (index) => index)).path);
    expect(dose.size).to.deep.equal([5, 4, 6]);
    expect(dose.position).to.deep.equal([-12.25, -30.5, 4.1]);
    expect(dose.orientation).to.deep.equal([1, 0, 0, 0, 1, 0]);
    expect(dose.spacing).to.deep.equal([2.5, 2]);
    expect(dose.offsets).to.deep.equal([0, 3, 6, 9, 12, 15]);
    expect(dose.bits).to.deep.equal([32, 32, 31, 0]);
    expect(dose.frame).to.equal('1.2.3.4');
    // x fastest, then y, then z ascending: the order of the pixels is the order of the engine.
    expect(dose.gy.map((gy) => Math.round(gy))).to.deep.equal(Array.from({ length: 120 }, (_, index) => index));
  });

  it('names plan, fraction group and beam, and says that it is per fraction', async function () {
    if (!hasPydicom()) this.skip();
    const plan = (await pydicom(
      `p = pydicom.dcmread(sys.argv[1]); print(json.dumps({'uid': p.SOPInstanceUID, 'study': p.StudyInstanceUID}))`,
      fixture.planCopy,
    )) as { uid: string; study: string };
    const remarks = ['generic model: not that of the machine', 'pencil beam'];
    const made = await fixture.beam(3, (index) => index, remarks);
    const dose = await fixture.read(made.path);
    expect(dose).to.include({
      plan: plan.uid,
      planClass: '1.2.840.10008.5.1.4.1.1.481.8',
      study: plan.study,
      beam: 3,
      group: 1,
      summation: 'BEAM',
      units: 'GY',
      type: 'PHYSICAL',
      name: 'SYNTHETIC^PHANTOM',
      id: 'SYNTHETIC-1',
      sex: 'O',
      operators: '',
      uid: made.sopInstanceUid,
      metaUid: made.sopInstanceUid,
    });
    expect(dose.comment).to.equal('per fraction; generic model; pencil beam');
    expect(dose.text).to.equal(['Gy per fraction', ...remarks].join('\r\n'));
  });

  it('carries the time of the calculation as local wall clock with its offset', async function () {
    if (!hasPydicom()) this.skip();
    const dose = await fixture.read((await fixture.beam(1, (index) => index)).path);
    const at = new Date(CALCULATED_AT_S * 1000);
    expect(dose.date).to.equal(
      `${String(at.getFullYear())}${String(at.getMonth() + 1).padStart(2, '0')}${String(at.getDate()).padStart(2, '0')}`,
    );
    expect(dose.time).to.equal(`${at.toTimeString().slice(0, 8).replaceAll(':', '')}.000`);
    expect(dose.zone).to.equal(at.toTimeString().slice(12, 17));
  });

  it('is the same file when it is made again, and another object for another run', async () => {
    const first = await fixture.beam(1, (index) => index);
    const again = await fixture.beam(1, (index) => index);
    expect(again).to.deep.equal(first);
    expect(await fixture.maker.read(first.path, 1)).to.deep.equal(first);
    const path = fixture.enginePath(1);
    const other = { ...KASE, run: 3 };
    mkdirSync(fixture.folders.beam(other, 1), { recursive: true });
    writeFileSync(fixture.folders.geometry(other, 1), readFileSync(fixture.folders.geometry(KASE, 1)));
    const result = anEngineResult(path, GRID, (index) => index);
    const made = await fixture.maker.beamDose(other, fixture.planCopy, 1, result);
    expect(made.sopInstanceUid).not.to.equal(first.sopInstanceUid);
  });

  it('of the plan is the sum of its beams within quantisation', async function () {
    if (!hasPydicom()) this.skip();
    const doses = [1, 2, 3].map((beam) => (index: number) => beam * Math.abs(Math.sin(index * beam)) + 1e-3);
    const beams: MadeDose[] = [];
    for (const [index, doseGy] of doses.entries()) beams.push(await fixture.beam(index + 1, doseGy, ['model generic']));
    const made = await fixture.maker.planDose(KASE, fixture.planCopy, beams);
    const sum = await fixture.read(made.path);
    const parts = await Promise.all(beams.map((beam) => fixture.read(beam.path)));
    const step = Number(sum.scaling) + parts.reduce((total, part) => total + Number(part.scaling), 0);
    sum.gy.forEach((gy, index) => {
      const total = parts.reduce((all, part) => all + part.gy[index]!, 0);
      expect(Math.abs(gy - total)).to.be.at.most(step);
      expect(gy).to.be.closeTo(
        doses.reduce((all, doseGy) => all + doseGy(index), 0),
        6e-6,
      );
    });
    expect(sum).to.include({
      summation: 'PLAN',
      beam: null,
      frame: '1.2.3.4',
      study: parts[0]!.study,
      plan: parts[0]!.plan,
    });
    expect(sum.comment).to.equal('per fraction; model generic');
    expect([sum.date, sum.time]).to.deep.equal([parts[0]!.date, parts[0]!.time]);
    expect(await fixture.maker.planDose(KASE, fixture.planCopy, beams)).to.deep.equal(made);
    expect(await fixture.maker.read(made.path, null)).to.deep.equal(made);
  });

  it('passes dciodvfy without an error, for beam and plan, and dcmtk reads it', async function () {
    if (!hasDciodvfy() || !hasDcmtk()) this.skip();
    const beam = await fixture.beam(1, (index) => index * 1e-3);
    const plan = await fixture.maker.planDose(KASE, fixture.planCopy, [beam]);
    for (const file of [beam.path, plan.path]) {
      expect(dciodvfyErrors(file)).to.deep.equal([]);
      expect(await dcmdump(file, '+P', 'DoseUnits')).to.include('GY');
    }
  });

  it('would not pass dciodvfy with a dose unit that the standard does not know', async function () {
    if (!hasDciodvfy()) return this.skip();
    const { path } = await fixture.beam(1, (index) => index * 1e-3);
    const file = readFileSync(path);
    file.write('XY', file.indexOf(Buffer.from('\x04\x30\x02\x00CS', 'latin1')) + 8, 'latin1');
    writeFileSync(path, file);
    expect(dciodvfyErrors(path).join()).to.match(/DoseUnits/);
  });

  it('has the patient as the plan writes it, in every character set and transfer syntax', async function () {
    if (!hasPydicom() || !hasDciodvfy()) this.skip();
    const cases = [
      ['ISO_IR 192', '홍^길동', 'ExplicitVRLittleEndian'],
      ['ISO_IR 100', 'Müller^Jürgen', 'ImplicitVRLittleEndian'],
      ['\\ISO 2022 IR 149', 'Hong^Gildong=洪^吉洞=홍^길동', 'ExplicitVRBigEndian'],
      ['\\ISO 2022 IR 87', 'Yamada^Tarou=山田^太郎=やまだ^たろう', 'DeflatedExplicitVRLittleEndian'],
      ['GB18030', '王^小东', 'ExplicitVRLittleEndian'],
    ] as const;
    const copy = readFileSync(fixture.planCopy);
    for (const [characterSet, name, syntax] of cases) {
      writeFileSync(fixture.planCopy, copy);
      await pydicom(
        `
import pydicom.uid
from pydicom.valuerep import PersonName
from pydicom.charset import convert_encodings
p = pydicom.dcmread(sys.argv[1]); p.SpecificCharacterSet = sys.argv[2].split('\\\\'); p.PatientName = PersonName(sys.argv[3], convert_encodings(p.SpecificCharacterSet))
syntax = getattr(pydicom.uid, sys.argv[4]); p.file_meta.TransferSyntaxUID = syntax
p.is_little_endian = syntax.is_little_endian; p.is_implicit_VR = syntax.is_implicit_VR
p.save_as(sys.argv[1]); print('null')`,
        fixture.planCopy,
        characterSet,
        name,
        syntax,
      );
      const made = await fixture.beam(1, (index) => index);
      expect((await fixture.read(made.path)).name, syntax).to.equal(name);
      expect(dciodvfyErrors(made.path), syntax).to.deep.equal([]);
    }
  });

  it('takes no illegal value over from the plan', async function () {
    if (!hasPydicom() || !hasDciodvfy()) this.skip();
    await pydicom(
      `
p = pydicom.dcmread(sys.argv[1])
pydicom.config.enforce_valid_values = False
p.StudyDate = '20190229'; p.PatientSex = 'Yes'; p.StudyTime = '9:30'; p.FrameOfReferenceUID = ''; p.PatientBirthDate = 'unknown'
p.save_as(sys.argv[1]); print('null')`,
      fixture.planCopy,
    );
    const made = await fixture.beam(1, (index) => index);
    expect(dciodvfyErrors(made.path)).to.deep.equal([]);
    expect(await fixture.read(made.path)).to.include({ sex: '', birth: '' });
  });

  it('stands in the frame of the plan where the geometry names none, and in one of its own where the plan has none', async function () {
    if (!hasPydicom()) this.skip();
    const result = anEngineResult(fixture.enginePath(1), GRID, (index) => index);
    fixture.geometry(1, 'water-phantom', '');
    const script = `
p = pydicom.dcmread(sys.argv[1]); print(json.dumps(p.FrameOfReferenceUID)); p.FrameOfReferenceUID = ''; p.save_as(sys.argv[1])`;
    const made = await fixture.maker.beamDose(KASE, fixture.planCopy, 1, result);
    const { frame } = await fixture.read(made.path);
    expect(await pydicom(script, fixture.planCopy)).to.equal(frame);
    const without = await fixture.read((await fixture.maker.beamDose(KASE, fixture.planCopy, 1, result)).path);
    expect(without.frame)
      .to.match(/^2\.25\.\d+$/)
      .and.not.equal(frame);
  });

  describe('of published plans', () => {
    const plans = existsSync(SHARED)
      ? readdirSync(SHARED, { recursive: true, encoding: 'utf8' }).filter((name) => /RN\.|ramped/.test(name))
      : [];
    it('refers to each plan and passes dciodvfy', async function () {
      if (plans.length === 0 || !hasDciodvfy() || !hasPydicom()) this.skip();
      for (const name of plans) {
        writeFileSync(fixture.planCopy, readFileSync(join(SHARED, name)));
        const beam = await fixture.beam(1, (index) => index);
        const plan = await fixture.maker.planDose(KASE, fixture.planCopy, [beam]);
        expect(dciodvfyErrors(beam.path), name).to.deep.equal([]);
        expect(dciodvfyErrors(plan.path), name).to.deep.equal([]);
        const uid = await pydicom(
          `print(json.dumps(pydicom.dcmread(sys.argv[1], force=True).SOPInstanceUID))`,
          join(SHARED, name),
        );
        expect((await fixture.read(plan.path)).plan).to.equal(uid);
      }
    });
  });
});
