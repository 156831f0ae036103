import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { DicomCaseReader } from '../../../src/adapters/dicom/reading/dicom-case-reader.js';
import { EngineDicomWriter } from '../../../src/adapters/dicom/writing/engine/engine-dicom-writer.js';
import type { BeamInput } from '../../../src/domain/beam-input.js';
import type { Grid } from '../../../src/domain/grid.js';
import { aMoquiBeam, aRangeShifter } from '../../builders/a-moqui.js';
import { aLayer } from '../../builders/a-pencil-beam-job.js';
import { dciodvfyErrors, hasDciodvfy, hasPydicom, pydicom } from '../../dicom-tools.js';
import { tempFolder } from '../../temp-folder.js';

const FRAME = '2.25.77';

describe('DICOM for an engine', () => {
  const place = tempFolder();
  const writer = new EngineDicomWriter();
  const reader = new DicomCaseReader({ maxFiles: 1000, maxBytes: 2 ** 30 });
  after(() => reader.close());
  const beam = aMoquiBeam({
    beamNumber: 17,
    beamName: 'Feld links',
    machine: 'G1',
    fractionsPlanned: 35,
    isocentreMm: [1.5, -2.25, 3],
    layers: [
      aLayer({ energyMeV: 150.5, xMm: [1, 2, 3], yMm: [4, 5, 6], meterset: [0.5, 0, 1.25], protons: [1, 0, 2] }),
      aLayer({ energyMeV: 90, xMm: [-7], yMm: [8], meterset: [2], protons: [3], spotSizeFwhmMm: [9, 11] }),
    ],
  });
  const planFile = async (change: Partial<BeamInput> = {}): Promise<string> => {
    const path = join(place.path, 'RN.dcm');
    await writer.writePlan(path, { ...beam, ...change }, FRAME);
    return path;
  };

  it('a plan holds the beam alone, as number 1 and for one fraction, with its spots in MU', async () => {
    const plan = await reader.plan(await planFile());
    expect(plan.beams).to.have.length(1);
    expect(plan).to.include({
      fractionsPlanned: 1,
      metersetUnit: 'MU',
      frameOfReferenceUid: FRAME,
      patientPosition: 'HFS',
    });
    const [written] = plan.beams;
    expect(written).to.deep.include({ beamNumber: 1, meterset: 3.75, finalCumulativeMetersetWeight: 3.75 });
    expect(written?.isocentreMm).to.deep.equal(beam.isocentreMm);
    expect(written?.controlPoints).to.equal(4);
    expect(
      written?.layers.map(({ energyMeV, xMm, yMm, meterset }) => ({ energyMeV, xMm, yMm, meterset })),
    ).to.deep.equal([
      { energyMeV: 150.5, xMm: [1, 3], yMm: [4, 6], meterset: [0.5, 1.25] },
      { energyMeV: 90, xMm: [-7], yMm: [8], meterset: [2] },
    ]);
    expect(plan.remarks).to.deep.equal([]);
  });

  it('a plan names no patient and nothing out of the plan of the case but the machine', async () => {
    const text = readFileSync(await planFile()).toString('latin1');
    expect(text).to.not.contain('Feld links');
    expect(text).to.contain('ENGINE^INPUT').and.to.contain('G1');
  });

  it('the same beam gives the same bytes', async () => {
    const first = readFileSync(await planFile());
    expect(readFileSync(await planFile()).equals(first)).to.equal(true);
  });

  it('angles are written also where they are 0: an engine would take those of the beam before', async function () {
    if (!hasPydicom()) return this.skip();
    const script = `
point = pydicom.dcmread(sys.argv[1]).IonBeamSequence[0].IonControlPointSequence[0]
print(json.dumps([float(point.GantryAngle), float(point.PatientSupportAngle), float(point.BeamLimitingDeviceAngle)]))`;
    expect(await pydicom(script, await planFile())).to.deep.equal([0, 0, 0]);
  });

  it('plans, also with range shifters, and CTs are without error to dciodvfy', async function () {
    if (!hasDciodvfy()) return this.skip();
    expect(dciodvfyErrors(await planFile())).to.deep.equal([]);
    const shifted = { snoutPositionMm: 250, rangeShifters: [aRangeShifter('RS 4'), aRangeShifter('RS 2')] };
    expect(dciodvfyErrors(await planFile(shifted))).to.deep.equal([]);
    const [name = ''] = await writer.writeCt(join(place.path, 'ct'), ct());
    expect(dciodvfyErrors(join(place.path, 'ct', name))).to.deep.equal([]);
  });

  it('a CT gives back every value where it was', async () => {
    const folder = join(place.path, 'ct');
    await writer.writeCt(folder, ct());
    const signal = new AbortController().signal;
    const { ctSlices } = await reader.inventory(folder, signal);
    const target = join(place.path, 'ct.mha');
    expect(await reader.ctImage(folder, ctSlices, target, signal)).to.deep.equal(GRID);
    const bytes = readFileSync(target);
    const values = new Int16Array(new Uint8Array(bytes.subarray(-2 * 24)).buffer);
    expect([...values]).to.deep.equal(Array.from({ length: 24 }, (_, i) => huAt(i)));
  });

  const GRID: Grid = { originMm: [-10.5, 4, -3.25], spacingMm: [1.5, 1.5, 2.5], size: [4, 3, 2] };
  const huAt = (index: number): number => -1000 + 100 * index;
  const ct = () => ({
    frameOfReferenceUid: FRAME,
    grid: GRID,
    slice: (k: number) => Promise.resolve(Int16Array.from({ length: 12 }, (_, i) => huAt(k * 12 + i))),
  });
});
