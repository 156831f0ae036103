import { expect } from 'chai';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DicomDosePreflight } from '../../../src/adapters/dicom/preflight/dicom-dose-preflight.js';
import type { PreflightFinding } from '../../../src/ports/dose-preflight.js';
import { anEngineResult } from '../../builders/an-engine-result.js';
import { changeElement, elementAt } from '../../builders/changed-element.js';
import { longestBlockMs } from '../../loop-blocks.js';
import { DoseFixture, GRID, KASE } from './dose-fixture.js';

const BEAMS = [1, 2].map((beamNumber) => ({ beamNumber, attempt: 1 }));
const never = new AbortController().signal;

describe('the preflight of RT Dose', () => {
  let temp: string;
  let fixture: DoseFixture;
  let preflight: DicomDosePreflight;
  /** Made once, and put back before each test: starting threads for each would take most of the time. */
  before(async () => {
    temp = mkdtempSync(join(tmpdir(), 'mqi-preflight-'));
    fixture = await DoseFixture.make(temp);
    const made = [await fixture.beam(1, (i) => i / 7), await fixture.beam(2, (i) => 3 + Math.sin(i))];
    await fixture.maker.planDose(KASE, fixture.planCopy, made);
    cpSync(fixture.folders.root, join(temp, 'pristine'), { recursive: true });
    preflight = new DicomDosePreflight({ folders: fixture.folders, resultName: 'dose.mha' });
  });
  beforeEach(() => {
    rmSync(fixture.folders.root, { recursive: true, force: true });
    cpSync(join(temp, 'pristine'), fixture.folders.root, { recursive: true });
  });
  after(() => {
    rmSync(temp, { recursive: true, force: true });
  });
  const kase = { ...KASE, planSopInstanceUid: null };
  const check = (of: typeof BEAMS = BEAMS): Promise<readonly PreflightFinding[]> => preflight.check(kase, of, never);
  const failures = async (beam: number | null): Promise<string> => {
    const finding = (await check()).find(({ beamNumber }) => beamNumber === beam);
    return finding!.failures.join('; ');
  };
  const beamFile = (): string => fixture.folders.beamDose(KASE, 2);
  const planFile = (): string => fixture.folders.planDose(KASE);

  it('finds nothing wrong with what was made, of beams and plan', async () => {
    const findings = await check();
    expect(findings.map(({ beamNumber, failures: none }) => [beamNumber, none])).to.deep.equal([
      [1, []],
      [2, []],
      [null, []],
    ]);
  });

  /** What is broken in the dose of beam 2, how, and what is said of it. */
  const BROKEN: readonly (readonly [string, string, string, string | Buffer | null, RegExp])[] = [
    ['class of the plan', '0008,1150', 'UI', '1.2.840.10008.5.1.4.1.1.481.5', /ReferencedSOPClassUID/],
    ['units', '3004,0002', 'CS', 'RELATIVE', /DoseUnits is not GY/],
    ['type', '3004,0004', 'CS', 'EFFECTIVE', /DoseType is not PHYSICAL/],
    ['summation type', '3004,000a', 'CS', 'PLAN', /DoseSummationType/],
    ['SOP class', '0008,0016', 'UI', '1.2.840.10008.5.1.4.1.1.2', /SOPClassUID is not that of RT Dose/],
    ['instance UID', '0008,0018', 'UI', '2.25.9', /names another object than the data set/],
    ['modality', '0008,0060', 'CS', 'CT', /Modality is not RTDOSE/],
    ['study', '0020,000d', 'UI', '2.25.4', /not in the plan's study/],
    ['frame of reference', '0020,0052', 'UI', '1.2.3.5', /FrameOfReferenceUID is not that of what was calculated on/],
    ['beam number', '300c,0006', 'IS', '3', /names beam 3, and is kept as the dose of beam 2/],
    ['fraction group', '300c,0022', 'IS', '2', /names fraction group 2; the plan has the beam in group 1/],
    ['rows', '0028,0010', 'US', Buffer.from([5, 0]), /5 x 5 x 6 voxels; calculated were 5 x 4 x 6/],
    ['frames', '0028,0008', 'IS', '5', /5 x 4 x 5 voxels/],
    ['position', '0020,0032', 'DS', '-12.25\\-30.5\\4.2', /not the centre of the first voxel/],
    ['orientation', '0020,0037', 'DS', '1\\0\\0\\0\\-1\\0', /ImageOrientationPatient/],
    ['pixel spacing', '0028,0030', 'DS', '2\\2.5', /PixelSpacing \(rows, columns\)/],
    ['slice thickness', '0018,0050', 'DS', '2.9', /SliceThickness/],
    ['frame offsets', '3004,000c', 'DS', '0\\3\\6\\9\\12\\15.1', /GridFrameOffsetVector/],
    ['number of offsets', '3004,000c', 'DS', '0\\3\\6\\9\\12', /GridFrameOffsetVector/],
    ['frame increment pointer', '0028,0009', 'AT', Buffer.from([4, 0x30, 0xd, 0]), /FrameIncrementPointer/],
    ['bits stored', '0028,0101', 'US', Buffer.from([16, 0]), /unsigned, of 32 bits/],
    [
      'a decimal string of 17 characters',
      '3004,000e',
      'DS',
      '1.23456789012e-009',
      /\(3004,000e\) has 18 characters; a DS has at most 16/,
    ],
    ['a decimal comma', '0018,0050', 'DS', '3,0', /\(0018,0050\) is no DS/],
    ['a UID with a leading zero', '0020,000e', 'UI', '1.02.3', /\(0020,000e\) is no UI/],
    ['scaling of zero', '3004,000e', 'DS', '0', /DoseGridScaling is not a positive number/],
    [
      'scaling',
      '3004,000e',
      'DS',
      '1e-9',
      /pixel x DoseGridScaling is not the dose of the engine within half a step in 120 voxels \(the first at column 0, row 0, frame 0\), by up to/,
    ],
    ['patient name', '0010,0010', 'PN', 'SYNTHETIC^OTHER', /PatientName is not the plan's/],
    ['patient ID', '0010,0020', 'LO', '', /PatientID is not the plan's/],
    ['patient ID taken out', '0010,0020', 'LO', null, /PatientID is missing/],
    ['character set', '0008,0005', 'CS', 'ISO_IR 101', /SpecificCharacterSet is not the plan's/],
  ];
  for (const [what, tag, vr, value, sentence] of BROKEN) {
    it(`says so when the ${what} of a beam's dose is not as it must be`, async () => {
      changeElement(beamFile(), tag, vr, value);
      const said = await failures(2);
      expect(said).to.match(sentence);
      expect(said).not.to.match(/SYNTHETIC/);
      expect(await failures(1)).to.equal('');
    });
  }

  it('says so when the referenced plan is another, also of the same length', async () => {
    const bytes = readFileSync(beamFile());
    const { valueAt } = elementAt(bytes, '0008,1155', 'UI');
    bytes[valueAt + 5] = bytes[valueAt + 5] === 0x31 ? 0x32 : 0x31;
    writeFileSync(beamFile(), bytes);
    expect(await failures(2)).to.match(/ReferencedSOPInstanceUID/);
  });

  it('names the one voxel that is off by a single step, and holds the sum of the beams against it too', async () => {
    const bytes = readFileSync(beamFile());
    const { valueAt } = elementAt(bytes, '7fe0,0010', 'OW');
    const at = valueAt + 4 * (5 * 4 * 3 + 5 * 2 + 1);
    bytes.writeUInt32LE(bytes.readUInt32LE(at) + 1, at);
    writeFileSync(beamFile(), bytes);
    expect(await failures(2)).to.match(/within half a step in 1 voxels \(the first at column 1, row 2, frame 3\)/);
    bytes.writeUInt32LE(bytes.readUInt32LE(at) + 99, at);
    writeFileSync(beamFile(), bytes);
    expect(await failures(null)).to.match(/not the sum of the doses of the beams in 1 voxels/);
  });

  it('says so when the dose of the plan is not the sum of its beams, in one voxel', async () => {
    const bytes = readFileSync(planFile());
    bytes.writeUInt32LE(bytes.readUInt32LE(bytes.length - 4) - 2, bytes.length - 4);
    writeFileSync(planFile(), bytes);
    expect(await failures(null)).to.match(/in 1 voxels \(the first at column 4, row 3, frame 5\)/);
    expect(await failures(2)).to.equal('');
  });

  it('says so when the dose of the plan names a beam', async () => {
    writeFileSync(planFile(), readFileSync(beamFile()));
    expect(await failures(null)).to.match(/not PLAN.*names a fraction group.*the same SOPInstanceUID.*not the sum/);
  });

  for (const [value, words] of [
    [Number.NaN, 'no number'],
    [-1, 'negative'],
    [Number.POSITIVE_INFINITY, 'infinite'],
  ] as const) {
    it(`finds a voxel of the engine's dose that is ${words}, whatever stands in the object`, async () => {
      anEngineResult(fixture.enginePath(1), GRID, (i) => (i === 8 ? value : i / 7));
      expect(await failures(1)).to.match(/dose of the engine is negative, infinite or no number in 1 voxels/);
    });
  }

  it('finds an engine dose that is gone, cut short or on another grid, unless the work folder was cleaned', async () => {
    truncateSync(fixture.enginePath(1), 900);
    expect(await failures(1)).to.match(/dose that the engine left cannot be read/);
    anEngineResult(fixture.enginePath(1), { ...GRID, originMm: [0, 0, 0] }, (i) => i / 7);
    expect(await failures(1)).to.match(/does not lie on the grid of geometry.json/);
    rmSync(fixture.enginePath(1));
    expect(await failures(1)).to.match(/the engine left is gone/);
    rmSync(fixture.folders.geometry(KASE, 1));
    expect(await failures(1)).to.match(/geometry.json of the beam cannot be read/);
    writeFileSync(fixture.folders.cleaned(KASE), '{}');
    expect(await failures(1)).to.equal('');
  });

  it('finds pixels that are cut short or go on, and a file that is missing or no DICOM', async () => {
    appendFileSync(beamFile(), 'xx');
    expect(await failures(2)).to.match(/480 are due, and nothing behind them/);
    truncateSync(beamFile(), readFileSync(beamFile()).length - 6);
    expect(await failures(2)).to.match(/holds 476 bytes of pixels where 480 are due/);
    writeFileSync(beamFile(), 'no DICOM');
    expect(await failures(2)).to.equal('is no DICOM file');
    rmSync(beamFile());
    expect(await failures(2)).to.equal('is missing');
  });

  it('refuses a dose that is zero everywhere', async () => {
    const bytes = readFileSync(beamFile());
    bytes.fill(0, bytes.length - 480);
    writeFileSync(beamFile(), bytes);
    expect(await failures(2)).to.match(/zero everywhere/);
  });

  it('finds a plan that is not the one the case was accepted with', async () => {
    const findings = await preflight.check({ ...kase, planSopInstanceUid: '1.2.3' }, BEAMS, never);
    expect(findings[2]!.failures.join()).to.match(/not the plan that the case was accepted with/);
  });

  it('looks again at what has changed since it was found right, even with the same size and time', async () => {
    expect(await failures(2)).to.equal('');
    changeElement(beamFile(), '3004,0002', 'CS', 'NO');
    expect(await failures(2)).to.match(/DoseUnits/);
  });

  it('ends when it is told to', async () => {
    const stop = new AbortController();
    stop.abort(new Error('stopping'));
    const ended = await preflight.check(kase, BEAMS, stop.signal).catch((thrown: unknown) => thrown);
    expect(ended).to.equal(stop.signal.reason);
  });

  it('keeps the event loop free while it reads', async () => {
    const grid = { ...GRID, size: [160, 160, 80] as const };
    const made = [];
    for (const beam of [1, 2]) made.push(await fixture.beam(beam, (i) => (i % 1000) / 100 + 0.1, [], grid));
    await fixture.maker.planDose(KASE, fixture.planCopy, made);
    const longestMs = await longestBlockMs(100, async () => {
      const anew = new DicomDosePreflight({ folders: fixture.folders, resultName: 'dose.mha' }); // it has seen none of it
      const findings = await anew.check(kase, BEAMS, never);
      expect(findings.flatMap(({ failures: none }) => none)).to.deep.equal([]);
    });
    expect(longestMs).to.be.lessThan(100);
  });

  it('takes a plan with an illegal birth date, which the dose leaves empty', async () => {
    changeElement(fixture.planCopy, '0010,0030', 'DA', '20190229');
    const made = [await fixture.beam(1, (i) => i / 7), await fixture.beam(2, (i) => 3 + Math.sin(i))];
    await fixture.maker.planDose(KASE, fixture.planCopy, made);
    expect((await check()).flatMap(({ failures: none }) => none)).to.deep.equal([]);
  });
});
