import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SyntheticCase } from '../../../src/ports/case-maker.js';
import type { PhantomOptions } from '../../../src/adapters/dicom/writing/synthetic/phantom.js';
import { SyntheticCaseMaker } from '../../../src/adapters/dicom/writing/synthetic/synthetic-case-maker.js';
import { dciodvfyErrors, hasDciodvfy, hasPydicom, pydicom } from '../../dicom-tools.js';
import { tempFolder } from '../../temp-folder.js';

const WANTED: SyntheticCase = {
  beams: 2,
  layers: 3,
  spotsPerLayer: 7,
  withCt: true,
  withDeliveryLogs: true,
  seed: 5,
};
const COARSE: Partial<PhantomOptions> = { pixelSpacingMm: 10, sliceSpacingMm: 10 };

const READ_PLAN = `
plan = pydicom.dcmread(sys.argv[1])
group = plan.FractionGroupSequence[0]
mu = {int(b.ReferencedBeamNumber): float(b.BeamMeterset) for b in group.ReferencedBeamSequence}
def layer(p):
    w = p.ScanSpotMetersetWeights
    return {'energy': float(p.NominalBeamEnergy), 'weights': [float(v) for v in (w if p.NumberOfScanSpotPositions > 1 else [w])],
            'positions': len(p.ScanSpotPositionMap), 'spots': int(p.NumberOfScanSpotPositions)}
beams = [{'number': int(b.BeamNumber), 'delivery': b.TreatmentDeliveryType, 'fcmw': float(b.FinalCumulativeMetersetWeight),
          'gantry': float(b.IonControlPointSequence[0].GantryAngle), 'mu': mu.get(int(b.BeamNumber)),
          'shifters': int(b.NumberOfRangeShifters),
          'points': [layer(p) for p in b.IonControlPointSequence] if b.TreatmentDeliveryType == 'TREATMENT' else []}
         for b in plan.IonBeamSequence]
print(json.dumps({'patient': str(plan.PatientName), 'uid': plan.SOPInstanceUID, 'for': plan.FrameOfReferenceUID, 'beams': beams}))
`;

interface ReadPlan {
  readonly patient: string;
  readonly for: string;
  readonly beams: readonly {
    readonly number: number;
    readonly delivery: string;
    readonly fcmw: number;
    readonly gantry: number;
    readonly mu: number | null;
    readonly shifters: number;
    readonly points: readonly { energy: number; weights: number[]; positions: number; spots: number }[];
  }[];
}

describe('synthetic cases', () => {
  const temp = tempFolder();
  const files = (folder: string): readonly string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  const digest = (folder: string): string => {
    const hash = createHash('sha256');
    for (const file of files(folder)) hash.update(file.slice(folder.length)).update(readFileSync(file));
    return hash.digest('hex');
  };
  const make = async (name: string, wanted: Partial<SyntheticCase> = {}, options = COARSE): Promise<string> => {
    const folder = join(temp.path, name);
    await new SyntheticCaseMaker(options).make(folder, { ...WANTED, ...wanted });
    return folder;
  };

  it('are the same bytes for the same seed, and other objects for another', async () => {
    expect(digest(await make('a'))).to.equal(digest(await make('b')));
    expect(digest(await make('c', { seed: 6 }))).not.to.equal(digest(await make('d')));
  });

  it('hold CT, structure set, plan and logs as wished', async () => {
    const names = (folder: string): readonly string[] => files(folder).map((file) => file.slice(folder.length + 1));
    expect(names(await make('plan-only', { withCt: false, withDeliveryLogs: false }))).to.deep.equal(['RN.dcm']);
    const all = names(await make('all'));
    expect(all.filter((name) => name.startsWith('CT.'))).to.have.length(19);
    expect(all).to.include.members(['RS.dcm', 'RN.dcm', '2025042414400800/PlanInfo.txt']);
    expect(all.filter((name) => name.endsWith('.ptn'))).to.have.length(6);
  });

  it('are never written over a folder that is there', async () => {
    await make('twice');
    let code: unknown;
    await make('twice').catch((error: unknown) => {
      code = (error as { code?: unknown }).code;
    });
    expect(code).to.equal('case-maker.exists');
  });

  it('pass dciodvfy without an error, with range shifter and SETUP beam too', async function () {
    if (!hasDciodvfy()) this.skip();
    const folders = [
      await make('plain'),
      await make(
        'more',
        { withCt: false, beams: 9, layers: 1, spotsPerLayer: 1 },
        { rangeShifterMm: 57, setupBeam: true },
      ),
    ];
    for (const file of folders.flatMap(files).filter((name) => name.endsWith('.dcm'))) {
      expect(dciodvfyErrors(file), file).to.deep.equal([]);
    }
  });

  it('have a plan whose weights must be scaled to the meterset, in pairs of control points', async function () {
    if (!hasPydicom()) this.skip();
    const plan = (await pydicom(READ_PLAN, join(await make('plan'), 'RN.dcm'))) as ReadPlan;
    expect(plan.patient).to.equal('SYNTHETIC^PHANTOM');
    expect(plan.beams.map((beam) => beam.gantry)).to.deep.equal([0, 90]);
    for (const beam of plan.beams) {
      expect(beam.points).to.have.length(6);
      const sums = beam.points.map((point) => point.weights.reduce((sum, weight) => sum + weight, 0));
      expect(sums.filter((_, index) => index % 2 === 1)).to.deep.equal([0, 0, 0]);
      const total = sums.reduce((sum, weight) => sum + weight, 0);
      expect(total).to.be.closeTo(beam.fcmw, 1e-5 * beam.fcmw);
      expect(beam.mu).to.be.closeTo(1.8 * beam.fcmw, 1e-3);
      expect(beam.points.every((point) => point.spots === 7 && point.positions === 14)).to.equal(true);
    }
  });

  it('number treatment beams from 2 behind a SETUP beam', async function () {
    if (!hasPydicom()) this.skip();
    const options = { ...COARSE, setupBeam: true, rangeShifterMm: 57 };
    const plan = (await pydicom(READ_PLAN, join(await make('setup', {}, options), 'RN.dcm'))) as ReadPlan;
    expect(plan.beams.map(({ number, delivery, mu }) => ({ number, delivery, mu: mu !== null }))).to.deep.equal([
      { number: 1, delivery: 'SETUP', mu: false },
      { number: 2, delivery: 'TREATMENT', mu: true },
      { number: 3, delivery: 'TREATMENT', mu: true },
    ]);
    expect(plan.beams.map((beam) => beam.shifters)).to.deep.equal([0, 1, 1]);
  });

  it('have a CT of water in air whose slices the structure set names, all in the frame of reference of the plan', async function () {
    if (!hasPydicom()) this.skip();
    const folder = await make('ct');
    const read = (await pydicom(
      `
import glob, struct
slices = sorted((pydicom.dcmread(f) for f in glob.glob(sys.argv[1] + '/CT.*.dcm')), key=lambda d: d.ImagePositionPatient[2])
rs = pydicom.dcmread(sys.argv[1] + '/RS.dcm')
frame = rs.ReferencedFrameOfReferenceSequence[0]
named = [i.ReferencedSOPInstanceUID for i in frame.RTReferencedStudySequence[0].RTReferencedSeriesSequence[0].ContourImageSequence]
count = lambda d, hu: sum(1 for (v,) in struct.iter_unpack('<h', d.PixelData) if v == hu)
print(json.dumps({'uids': [s.SOPInstanceUID for s in slices], 'named': named, 'z': [float(s.ImagePositionPatient[2]) for s in slices],
  'water': [count(s, 0) for s in slices], 'air': [count(s, -1000) for s in slices], 'pixels': slices[0].Rows * slices[0].Columns,
  'frames': sorted(set([s.FrameOfReferenceUID for s in slices] + [frame.FrameOfReferenceUID])), 'rois': [r.ROIName for r in rs.StructureSetROISequence]}))
`,
      folder,
    )) as {
      uids: string[];
      named: string[];
      z: number[];
      water: number[];
      air: number[];
      pixels: number;
      frames: string[];
      rois: string[];
    };
    const plan = (await pydicom(READ_PLAN, join(folder, 'RN.dcm'))) as ReadPlan;
    expect(read.named).to.deep.equal(read.uids);
    expect(read.frames).to.deep.equal([plan.for]);
    expect(read.rois).to.deep.equal(['BODY', 'TARGET']);
    expect(read.z[1]! - read.z[0]!).to.equal(10);
    expect(read.water.map((water, index) => water + read.air[index]!)).to.deep.equal(read.z.map(() => read.pixels));
    expect(read.water.filter((water) => water > 0)).to.deep.equal(Array.from({ length: 15 }, () => 256));
  });

  it('have logs whose counts give the spots of the plan back through the calibration', async () => {
    const folder = await make('logs', { beams: 1, layers: 1, spotsPerLayer: 4 });
    const delivery = join(folder, '2025042414400800');
    const ptn = readFileSync(join(delivery, '02_0001_001_001_001.ptn'));
    expect(ptn.length).to.equal(4 * 4 * 16);
    const rows = Array.from({ length: 16 }, (_, row) =>
      Array.from({ length: 8 }, (__, column) => ptn.readUInt16BE(row * 16 + column * 2)),
    );
    const xMm = rows.map((row) => (row[0]! - 16_384) * 0.010959);
    const yMm = rows.map((row) => (row[1]! - 16_384) * 0.0116412);
    const expected = [0, 1, 2, 3].flatMap((spot) => Array.from({ length: 4 }, () => spot));
    expected.forEach((spot, row) => {
      expect(xMm[row]).to.be.closeTo(spot % 2 === 0 ? -2.5 : 2.5, 0.006);
      expect(yMm[row]).to.be.closeTo(spot < 2 ? -2.5 : 2.5, 0.006);
    });
    expect(rows.every((row) => row[6] === 1 && row[7]! >> 14 === 3)).to.equal(true);
    expect(readFileSync(join(delivery, 'PlanInfo.txt'), 'utf8')).to.include('DICOM_BEAM_NUMBER,1\n');
    expect(readFileSync(join(delivery, 'PlanRange.txt'), 'utf8').split('\n')[1]).to.match(
      /^1,1,.*,SYNTHETIC-5,1,2,2,2,2,02_/,
    );
  });
});
