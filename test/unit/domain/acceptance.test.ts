import { expect } from 'chai';
import { acceptCase, waitedTooLong } from '../../../src/domain/acceptance.js';
import type { GeometryKind } from '../../../src/domain/acceptance.js';
import type { Inventory } from '../../../src/domain/inventory.js';
import type { IonPlan } from '../../../src/domain/plan.js';
import { aCtSlice, aStructureSet, anInventory } from '../../builders/an-inventory.js';
import { anIonBeam, anIonPlan } from '../../builders/an-ion-plan.js';
import { refused } from '../../refused.js';

const accepted = (inventory: Partial<Inventory>, plan: Partial<IonPlan> = {}, kind: GeometryKind = 'auto') => {
  const outcome = acceptCase(anInventory(inventory), anIonPlan(plan), kind);
  if (outcome.do !== 'accept') throw new Error(`waits: ${outcome.waitingFor}`);
  return outcome;
};
const waits = (inventory: Partial<Inventory>, kind: GeometryKind = 'auto'): string => {
  const outcome = acceptCase(anInventory(inventory), anIonPlan(), kind);
  return outcome.do === 'wait' ? outcome.waitingFor : 'does not wait';
};
const slices = (zs: readonly number[]) => zs.map((z) => aCtSlice(z));

describe('Accepting a case', () => {
  it('gives each beam its figures: layers, spots, meterset, energies', () => {
    const [beam] = accepted({}, { beams: [anIonBeam({ beamNumber: 0 })] }).figures;
    expect(beam).to.deep.equal({
      beamNumber: 0,
      name: 'Field 1',
      machine: 'TR1',
      gantryAngleDeg: 90,
      layers: 2,
      spots: 4,
      meterset: 200,
      energyMinMeV: 140,
      energyMaxMeV: 150,
    });
  });

  it('calculates in water when there is no CT, also beside a structure set', () => {
    expect(accepted({}).ctSlices).to.deep.equal([]);
    expect(accepted({ structureSets: [aStructureSet([0, 3])] }).ctSlices).to.deep.equal([]);
  });

  it('waits for a CT that the configuration asks for, and needs none for a water phantom', () => {
    expect(waits({}, 'ct')).to.equal('CT is missing');
    expect(accepted({ ctSlices: slices([0, 9]) }, {}, 'water-phantom').ctSlices).to.deep.equal([]);
  });

  it('accepts an evenly spaced CT, with and without a structure set', () => {
    expect(accepted({ ctSlices: slices([6, 0, 3]) }).ctSlices).to.have.length(3);
    expect(accepted({ ctSlices: slices([6, 0, 3]), structureSets: [aStructureSet([0, 3, 6])] }).remarks).to.deep.equal(
      [],
    );
  });

  it('waits for slices missing in between, saying where they should lie', () => {
    expect(waits({ ctSlices: slices([0, 3, 9, 12, 21]) })).to.equal(
      'a complete CT: 5 of 8 slices, missing z = 6 and 15 to 18 mm (3 slices)',
    );
  });

  it('waits for slices at the ends that the structure set lists', () => {
    const numbered = [6, 9].map((z) => aCtSlice(z, { instanceNumber: z / 3 + 1 }));
    const structureSets = [aStructureSet([0, 3, 6, 9, 12])];
    expect(waits({ ctSlices: numbered, structureSets })).to.equal(
      'a complete CT: 2 of 5 slices, missing z = 0 to 3 and 12 mm (3 slices)',
    );
    expect(waits({ ctSlices: slices([6, 9]), structureSets })).to.equal(
      'a complete CT: 2 of 5 slices (missing 3 slices)',
    );
  });

  it('places missing slices also where instance numbers run against z', () => {
    const numbered = [6, 9].map((z) => aCtSlice(z, { instanceNumber: 5 - z / 3 }));
    expect(waits({ ctSlices: numbered, structureSets: [aStructureSet([0, 3, 6, 9, 12])] })).to.contain(
      'missing z = 0 to 3 and 12 mm',
    );
  });

  it('counts slices by number when their UIDs were changed on the way', () => {
    const renamed = [0, 3].map((z) => aCtSlice(z, { sopInstanceUid: `9.${String(z)}` }));
    expect(waits({ ctSlices: renamed, structureSets: [aStructureSet([0, 3, 6])] })).to.contain('2 of 3 slices');
    const whole = accepted({ ctSlices: renamed, structureSets: [aStructureSet([0, 3])] });
    expect(whole.remarks).to.deep.equal(['the structure set lists the CT slices under other UIDs']);
  });

  it('does not take the slices of a structure set on another series for missing ones', () => {
    const elsewhere = aStructureSet([], {
      referencedSeries: [{ seriesInstanceUid: '9.9', planes: ['9.1', '9.2', '9.3'] }],
    });
    expect(accepted({ ctSlices: slices([0, 3]), structureSets: [elsewhere] }).ctSlices).to.have.length(2);
  });

  it('says which files could not be read while it waits', () => {
    const unreadable = [{ path: 'ct/6.dcm', reason: 'a CT slice of which 10 bytes of pixels are missing' }];
    expect(waits({ ctSlices: slices([0, 3, 9]), unreadable })).to.match(/could not be read: “ct\/6\.dcm” \(a CT slice/);
  });

  it('waits for a single slice, and for uneven slices that nothing vouches for', () => {
    expect(waits({ ctSlices: slices([0]) })).to.contain('1 slice');
    expect(waits({ ctSlices: slices([0, 3, 7, 10]) })).to.contain('not evenly spaced');
  });

  it('rejects uneven slices when the structure set says they are all', () => {
    const zs = [0, 3, 7, 10];
    const work = () => accepted({ ctSlices: slices(zs), structureSets: [aStructureSet(zs)] });
    expect(refused(work).code).to.equal('ct.uneven-spacing');
  });

  it('ends a wait that was too long with the same list', () => {
    const error = waitedTooLong('a complete CT: 2 of 5 slices', 24, 'ct');
    expect([error.severity, error.code]).to.deep.equal(['input', 'ct.incomplete-timeout']);
    expect(error.message).to.contain('a complete CT: 2 of 5 slices').and.to.contain('24 h');
  });

  const wrongCt: readonly (readonly [string, string, Partial<Inventory>])[] = [
    [
      'two slices at one place',
      'ct.duplicate-slices',
      { ctSlices: [aCtSlice(0), aCtSlice(3), aCtSlice(0, { sopInstanceUid: '9' })] },
    ],
    ['slices of unlike size', 'ct.inconsistent', { ctSlices: [aCtSlice(0), aCtSlice(3, { rows: 8 })] }],
    [
      'slices of a tilted gantry',
      'ct.inconsistent',
      { ctSlices: [aCtSlice(0), aCtSlice(3, { positionMm: [-10, -19, 3] })] },
    ],
    [
      'oblique slices',
      'ct.oblique',
      { ctSlices: [0, 3].map((z) => aCtSlice(z, { orientation: [0.98, 0.17, 0, -0.17, 0.98, 0] })) },
    ],
    [
      'another frame of reference',
      'ct.frame-mismatch',
      { ctSlices: [0, 3].map((z) => aCtSlice(z, { frameOfReferenceUid: '9.9' })) },
    ],
    [
      'a multi-frame CT',
      'ct.not-readable',
      { otherObjects: [{ path: 'e.dcm', sopClassUid: '1.2.840.10008.5.1.4.1.1.2.1' }] },
    ],
  ];
  for (const [what, code, inventory] of wrongCt) {
    it(`rejects a CT of ${what}`, () => {
      expect(refused(() => accepted(inventory)).code).to.equal(code);
    });
  }

  it('counts a slice that was copied twice once', () => {
    const outcome = accepted({ ctSlices: [aCtSlice(0), aCtSlice(3), aCtSlice(3, { path: 'copy.dcm' })] });
    expect(outcome.ctSlices).to.have.length(2);
    expect(outcome.remarks).to.deep.equal(['1 CT files are copies of others']);
  });

  it('chooses of several CT series the one in the frame of reference of the plan', () => {
    const other = [0, 2].map((z) =>
      aCtSlice(z, { seriesInstanceUid: '9', sopInstanceUid: `9.${String(z)}`, frameOfReferenceUid: '9.9' }),
    );
    const outcome = accepted({ ctSlices: [...other, ...slices([0, 3])] });
    expect(outcome.ctSlices.map(({ seriesInstanceUid }) => seriesInstanceUid)).to.deep.equal([
      '1.2.3.4.70',
      '1.2.3.4.70',
    ]);
  });

  it('chooses of several series in that frame the one the structure set was drawn on, and rejects when none is', () => {
    const other = [0, 2].map((z) => aCtSlice(z, { seriesInstanceUid: '9', sopInstanceUid: `9.${String(z)}` }));
    const ctSlices = [...other, ...slices([0, 3])];
    expect(accepted({ ctSlices, structureSets: [aStructureSet([0, 3])] }).ctSlices[0]?.seriesInstanceUid).to.equal(
      '1.2.3.4.70',
    );
    expect(refused(() => accepted({ ctSlices })).code).to.equal('ct.several-series');
  });

  it('rejects files of another patient, without showing an identifier', () => {
    for (const inventory of [
      { ctSlices: [aCtSlice(0), aCtSlice(3, { patientId: 'PID-2' })] },
      { ctSlices: slices([0, 3]), structureSets: [aStructureSet([0, 3], { patientId: 'PID-2' })] },
    ]) {
      const error = refused(() => accepted(inventory));
      expect(error.code).to.equal('case.patient-mismatch');
      expect(error.message + error.remedy).not.to.contain('PID');
    }
  });

  it('leaves a structure set of another patient out of account where there is no CT, and says so', () => {
    const { ctSlices, remarks } = accepted({ structureSets: [aStructureSet([0], { patientId: 'PID-2' })] });
    expect(ctSlices).to.deep.equal([]);
    expect(remarks).to.have.length(1);
    expect(remarks[0]).to.match(/^not used, since it carries another patient ID than the plan: /);
    expect(remarks[0]).not.to.contain('PID');
  });

  it('rejects a structure set in another frame of reference, unless the plan refers to one in its own', () => {
    const stranger = aStructureSet([0], { frameOfReferenceUid: '9.9', sopInstanceUid: '9', path: 'other.dcm' });
    expect(refused(() => accepted({ structureSets: [stranger] })).code).to.equal('structures.frame-mismatch');
    const remarks = accepted({ structureSets: [stranger, aStructureSet([0])] }).remarks;
    expect(remarks).to.deep.equal(['1 structure sets in the folder are not the plan’s']);
  });

  it('remarks references that lie, unread files and positions that differ, and goes on', () => {
    const outcome = accepted(
      {
        ctSlices: [0, 3].map((z) => aCtSlice(z, { patientPosition: 'FFS' })),
        structureSets: [aStructureSet([0, 3], { sopInstanceUid: '1.9' })],
        unreadable: [{ path: 'x', reason: 'not a regular file' }],
      },
      { remarks: ['from the plan'] },
    );
    expect(outcome.remarks).to.deep.equal([
      'from the plan',
      'the structure set the plan refers to is not in the folder; the one there is another',
      'not used: “x” (not a regular file)',
      'the CT was taken FFS, the plan is for HFS',
    ]);
  });
});
