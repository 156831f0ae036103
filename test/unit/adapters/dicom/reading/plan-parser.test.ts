import { expect } from 'chai';
import { parsePlan } from '../../../../../src/adapters/dicom/reading/plan-parser.js';
import { dicomFile, element } from '../../../../builders/dicom-bytes.js';
import type { RawElement, RawShape } from '../../../../builders/dicom-bytes.js';
import { FRAME_UID, PLAN_UID, rawIonPlan } from '../../../../builders/raw-ion-plan.js';
import type { RawPlan } from '../../../../builders/raw-ion-plan.js';

const parsed = (plan: RawPlan = {}, shape: RawShape = {}) => parsePlan(dicomFile(rawIonPlan(plan), shape));

const SHAPES: Readonly<Record<string, RawShape>> = {
  'implicit VR little endian': { encoding: 'implicit-little' },
  'explicit VR little endian': { encoding: 'explicit-little' },
  'explicit VR big endian': { encoding: 'explicit-big' },
  deflated: { encoding: 'deflated' },
  'implicit VR with undefined lengths': { encoding: 'implicit-little', undefinedLengths: true },
  'explicit VR with undefined lengths': { encoding: 'explicit-little', undefinedLengths: true },
  'big endian with undefined lengths': { encoding: 'explicit-big', undefinedLengths: true },
  'no preamble': { preamble: false },
  'no preamble and no file meta, implicit VR': { preamble: false, meta: 'none', encoding: 'implicit-little' },
  'no preamble and no file meta, explicit VR': { preamble: false, meta: 'none', encoding: 'explicit-little' },
  'no preamble and no file meta, big endian': { preamble: false, meta: 'none', encoding: 'explicit-big' },
  'a preamble but no file meta': { meta: 'none' },
  'file meta without its length': { meta: 'no-length' },
  'file meta with a wrong length': { meta: 'wrong-length' },
  'file meta that names the wrong transfer syntax': {
    encoding: 'implicit-little',
    transferSyntaxUid: '1.2.840.10008.1.2.1',
  },
};

describe('RT Ion Plan: what is read', () => {
  for (const [name, shape] of Object.entries(SHAPES)) {
    it(`is the same from a file with ${name}`, async () => {
      const plan = await parsed({}, shape);
      expect(plan).to.deep.equal(await parsed());
      expect(plan.beams[0]?.layers[0]?.xMm).to.deep.equal([-5, 5]);
    });
  }

  it('is what a dose calculation needs of plan and beam', async () => {
    const plan = await parsed();
    const { beams, ...rest } = plan;
    expect(rest).to.deep.equal({
      sopInstanceUid: PLAN_UID,
      studyInstanceUid: '1.2.3.4.6',
      frameOfReferenceUid: FRAME_UID,
      label: 'Plan A',
      patientId: 'PID-1',
      patientPosition: 'HFS',
      referencedStructureSetUid: '1.2.3.4.8',
      fractionGroupNumber: 1,
      fractionsPlanned: 30,
      metersetUnit: 'MU',
      setupBeams: [],
      remarks: [],
    });
    const [{ layers, ...beam } = { layers: [] }] = beams;
    expect(beam).to.deep.equal({
      beamNumber: 1,
      name: 'Field 1',
      machine: 'TR1',
      radiationType: 'PROTON',
      scanMode: 'MODULATED',
      gantryAngleDeg: 90,
      couchAngleDeg: 10,
      isocentreMm: [1, -2, 3.5],
      snoutPositionMm: 250,
      virtualSadMm: [2000, 2500],
      controlPoints: 4,
      finalCumulativeMetersetWeight: 8,
      meterset: 200,
      rangeShifters: [],
      unmodelled: [],
    });
    expect(layers.map((layer) => layer.controlPointIndex)).to.deep.equal([0, 2]);
    expect(layers[1]).to.deep.equal({
      controlPointIndex: 2,
      energyMeV: 140,
      paintings: 1,
      spotSizeFwhmMm: [9.5, 10.5],
      xMm: [-5, 5],
      yMm: [2.5, -2.5],
      meterset: [25, 75],
    });
  });

  it('takes a control point as a layer only when it carries weight, paired or not', async () => {
    const plan = await parsed({ beams: [{ number: 1, unpaired: true }] });
    expect(plan.beams[0]?.layers.map((layer) => layer.controlPointIndex)).to.deep.equal([0, 1]);
  });

  it('scales weights to MU by BeamMeterset over FinalCumulativeMetersetWeight', async () => {
    const plan = await parsed({ beams: [{ number: 1, meterset: 8.53 * 8 }] });
    const mu = plan.beams[0]?.layers.flatMap((layer) => layer.meterset) ?? [];
    [8.53, 25.59, 8.53, 25.59].forEach((expected, i) => expect(mu[i]).to.be.closeTo(expected, 1e-12));
  });

  it('keeps zero-weight spots of a layer, and a layer of one spot', async () => {
    const layers = [
      {
        energyMeV: 100,
        spots: [
          { x: 0, y: 0, weight: 0 },
          { x: 1, y: 1, weight: 2 },
        ],
      },
      { energyMeV: 120, spots: [{ x: 3, y: 4, weight: 2 }] },
    ];
    const plan = await parsed({ beams: [{ number: 1, layers }] });
    expect(plan.beams[0]?.layers.map((layer) => layer.meterset.length)).to.deep.equal([2, 1]);
    expect(plan.beams[0]?.layers.map((layer) => layer.energyMeV)).to.deep.equal([100, 120]);
  });

  it('joins the meterset by beam number, not position, and allows beam number 0 and gaps', async () => {
    const beams = [
      { number: 7, meterset: 70 },
      { number: 0, meterset: 10 },
    ];
    const sequence = [element('300a,0086', 'DS', '10'), element('300c,0006', 'IS', '0')];
    const other = [element('300a,0086', 'DS', '70'), element('300c,0006', 'IS', '7')];
    const group = [element('300a,0071', 'IS', '2'), element('300c,0004', 'SQ', [sequence, other])];
    const plan = await parsed({ beams, changes: { '300a,0070': element('300a,0070', 'SQ', [group]) } });
    expect(plan.beams.map((beam) => [beam.beamNumber, beam.meterset])).to.deep.equal([
      [7, 70],
      [0, 10],
    ]);
    expect(plan.fractionGroupNumber).to.equal(2);
    expect(plan.fractionsPlanned).to.equal(1);
    expect(plan.remarks.join()).to.contain('Number of Fractions Planned');
  });

  it('leaves SETUP beams out and keeps the numbers of the others', async () => {
    const setup = {
      number: 1,
      meterset: null,
      layers: [],
      name: 'SETUP',
      changes: { '300a,00ce': element('300a,00ce', 'CS', 'SETUP'), '300a,0308': element('300a,0308', 'CS', 'NONE') },
    };
    const plan = await parsed({ beams: [setup, { number: 2 }] });
    expect(plan.setupBeams).to.deep.equal([1]);
    expect(plan.beams.map((beam) => beam.beamNumber)).to.deep.equal([2]);
  });

  it('reads metersets in numbers of protons', async () => {
    const changes = { '300a,00b3': element('300a,00b3', 'CS', 'NP') };
    expect((await parsed({ beams: [{ number: 1, changes }] })).metersetUnit).to.equal('NP');
  });

  it('inherits an energy that a control point does not give, and takes a 17-digit number as it stands', async () => {
    const point = (energy: string | null, weight: number) => [
      ...(energy === null ? [] : [element('300a,0114', 'DS', energy)]),
      element('300a,0394', 'FL', [1, 2]),
      element('300a,0396', 'FL', [weight]),
    ];
    const geometry = [
      element('300a,011e', 'DS', '0'),
      element('300a,0122', 'DS', '0'),
      element('300a,012c', 'DS', '0\\0\\0'),
    ];
    const points = [[...point('123.45678901234567', 1), ...geometry], point(null, 1)];
    const changes = { '300a,03a8': element('300a,03a8', 'SQ', points), '300a,010e': element('300a,010e', 'DS', '2') };
    const plan = await parsed({ beams: [{ number: 1, changes }] });
    const energies = plan.beams[0]?.layers.map((layer) => layer.energyMeV);
    expect(energies).to.deep.equal([123.45678901234567, 123.45678901234567]);
  });

  it('says so when the weights do not sum to the total, and sums them', async () => {
    const plan = await parsed({ beams: [{ number: 3, finalWeight: 16 }] });
    expect(plan.beams[0]?.layers[0]?.meterset).to.deep.equal([12.5, 37.5]);
    expect(plan.remarks.join('\n')).to.match(/beam 3: spot weights sum to 8, .* is 16: the spots give 50\.0000 % /);
  });

  it('does not mind what float32 rounding does to the sum', async () => {
    const plan = await parsed({ beams: [{ number: 1, finalWeight: 8.00007 }] });
    expect(plan.remarks).to.deep.equal([]);
  });

  it('does not mind dates, codes and identifiers that the calculation does not need', async () => {
    const changes = {
      '0008,0012': element('0008,0012', 'DA', '20190229'),
      '0008,0018': element('0008,0018', 'UI', '1.2.840.10008.5.1.4.1.1.481.8'),
      '0020,0052': element('0020,0052', 'UI', ''),
      '300a,000a': element('300a,000a', 'CS', 'Yes'),
      '300b,0010': element('300b,0010', 'LO', 'IMPAC'),
    };
    const plan = await parsed({ changes });
    expect(plan.frameOfReferenceUid).to.equal(null);
    expect(plan.remarks).to.have.length(2);
  });

  it('keeps neither operators nor reviewers nor the patient name', async () => {
    expect(JSON.stringify(await parsed())).not.to.contain('Secret');
  });

  it('names range shifters that are in, also number 0, with thickness and distance', async () => {
    const shifters = [0, 4].map((number) => [
      element('300a,0316', 'IS', String(number)),
      element('300a,0318', 'SH', `RS_${String(number)}`),
      element('300a,0320', 'CS', 'BINARY'),
    ]);
    const settings = [
      [
        element('300a,0362', 'LO', 'IN'),
        element('300a,0364', 'FL', [270.5]),
        element('300a,0366', 'FL', [57]),
        element('300c,0100', 'IS', '0'),
      ],
      [element('300a,0362', 'LO', 'OUT'), element('300c,0100', 'IS', '4')],
    ];
    const plan = await parsed({
      beams: [
        {
          number: 1,
          changes: { '300a,0314': element('300a,0314', 'SQ', shifters) },
          firstControlPoint: { '300a,0360': element('300a,0360', 'SQ', settings) },
        },
      ],
    });
    expect(plan.beams[0]?.rangeShifters).to.deep.equal([
      { number: 0, id: 'RS_0', waterEquivalentThicknessMm: 57, isocentreDistanceMm: 270.5 },
    ]);
  });

  describe('a range shifter that is another in a later layer is what no engine models', () => {
    const shifter = [
      element('300a,0316', 'IS', '1'),
      element('300a,0318', 'SH', 'RS'),
      element('300a,0320', 'CS', 'BINARY'),
    ];
    const setting = (is: string, place: readonly RawElement[]): Readonly<Record<string, RawElement>> => ({
      '300a,0360': element('300a,0360', 'SQ', [
        [element('300a,0362', 'LO', is), ...place, element('300c,0100', 'IS', '1')],
      ]),
    });
    const at = (mm: number, water: number): readonly RawElement[] => [
      element('300a,0364', 'FL', [mm]),
      element('300a,0366', 'FL', [water]),
    ];
    const spots = [{ x: 0, y: 0, weight: 1 }];
    for (const [what, later, expected] of [
      ['nearer to the patient', setting('IN', at(250, 57)), ['range shifter moving between layers']],
      ['thinner', setting('IN', at(270, 40)), ['range shifter moving between layers']],
      ['taken out', setting('OUT', []), ['range shifter moving between layers']],
      ['within rounding where it was: not so', setting('IN', at(270.2, 57)), []],
      ['in, without saying where: not so', setting('IN', []), []],
    ] as const) {
      it(what, async () => {
        const beam = {
          number: 1,
          layers: [150, 140].map((energyMeV) => ({ energyMeV, spots })),
          changes: { '300a,0314': element('300a,0314', 'SQ', [shifter]) },
          firstControlPoint: setting('IN', at(270, 57)),
          secondLayer: later,
        };
        expect((await parsed({ beams: [beam] })).beams[0]?.unmodelled).to.deep.equal(expected);
      });
    }
  });

  it('reports what no engine models: aperture, compensator, turning gantry, moving isocentre', async () => {
    const changes = {
      '300a,00f0': element('300a,00f0', 'IS', '1'),
      '300a,02ea': element('300a,02ea', 'SQ', [[element('300a,00e4', 'IS', '1')]]),
    };
    const firstControlPoint = { '300a,011f': element('300a,011f', 'CS', 'CW') };
    const plan = await parsed({ beams: [{ number: 1, changes, firstControlPoint }] });
    expect(plan.beams[0]?.unmodelled).to.deep.equal(['aperture', 'compensator', 'moving gantry']);
  });

  for (const [what, name, shown] of [
    ['quotes and shell words', `a"b'c $(rm -rf /) \`x\``, `a"b'c $(rm -rf /) \`x\``],
    ['line breaks', 'one\r\ntwo\u2028three', 'one two three'],
    ['200 characters', 'x'.repeat(200), 'x'.repeat(200)],
    ['Korean in UTF-8', '전립선 치료', '전립선 치료'],
  ] as const) {
    it(`gives beam names with ${what} on one line`, async () => {
      const changes = { '0008,0005': element('0008,0005', 'CS', 'ISO_IR 192') };
      const plan = await parsed({ beams: [{ number: 1, name }], changes });
      expect(plan.beams[0]?.name).to.equal(shown);
    });
  }
});
