import { expect } from 'chai';
import { parsePlan } from '../../../../../src/adapters/dicom/reading/plan-parser.js';
import { CaseError } from '../../../../../src/domain/errors.js';
import type { IonPlan } from '../../../../../src/domain/plan.js';
import { dicomFile, element } from '../../../../builders/dicom-bytes.js';
import type { RawShape } from '../../../../builders/dicom-bytes.js';
import { floatBytes, rawIonPlan } from '../../../../builders/raw-ion-plan.js';
import type { RawBeam, RawLine } from '../../../../builders/raw-ion-plan.js';

/** A spot of no weight opens each line layer. */
const LAYERS: NonNullable<RawBeam['layers']> = [150, 140].map((energyMeV) => ({
  energyMeV,
  spots: [
    { x: -5, y: 2.5, weight: 0 },
    { x: -5, y: 2.5, weight: 1 },
    { x: 5, y: -2.5, weight: 3 },
  ],
}));
const file = (line: RawLine = {}, shape: RawShape = {}, more: Partial<RawBeam> = {}): Buffer =>
  dicomFile(rawIonPlan({ beams: [{ number: 2, layers: LAYERS, line, ...more }] }), shape);

async function refusal(bytes: Buffer): Promise<CaseError> {
  try {
    await parsePlan(bytes);
  } catch (thrown) {
    if (thrown instanceof CaseError) return thrown;
    throw thrown;
  }
  throw new Error('the plan was accepted');
}

const spotsOf = (plan: IonPlan) =>
  plan.beams[0]?.layers.map(({ controlPointIndex, energyMeV, xMm, yMm, meterset }) => ({
    controlPointIndex,
    energyMeV,
    xMm,
    yMm,
    meterset,
  }));

/** 200 MU on a total weight of 8. */
const spots = { xMm: [-5, -5, 5], yMm: [2.5, 2.5, -2.5], meterset: [0, 25, 75] };
const EXPECTED = [
  { controlPointIndex: 0, energyMeV: 150, ...spots },
  { controlPointIndex: 2, energyMeV: 140, ...spots },
];

describe('RT Ion Plan: line scanning with private spots', () => {
  const readable: readonly (readonly [string, RawLine, RawShape])[] = [
    ['implicit VR', {}, { encoding: 'implicit-little' }],
    ['implicit VR with undefined lengths', {}, { encoding: 'implicit-little', undefinedLengths: true }],
    ['explicit VR as UN', {}, { encoding: 'explicit-little' }],
    ['explicit VR as FL', { vr: 'FL' }, { encoding: 'explicit-little' }],
    ['explicit VR as OB', { vr: 'OB' }, { encoding: 'explicit-little' }],
    ['big endian as UN, its bytes as they were put in', {}, { encoding: 'explicit-big' }],
    ['big endian as FL, turned with the file', { vr: 'FL', bigEndian: true }, { encoding: 'explicit-big' }],
    ['another private block', { block: '11' }, { encoding: 'implicit-little' }],
    ['the last private block', { block: 'ff' }, { encoding: 'explicit-little' }],
  ];
  for (const [name, line, shape] of readable) {
    it(`is read from ${name}, each layer with the spot without weight that opens it`, async () => {
      expect(spotsOf(await parsePlan(file(line, shape)))).to.deep.equal(EXPECTED);
    });
  }

  it('is read where the second control point of a pair has no spots at all', async () => {
    const plan = await parsePlan(file({}, {}, { unpaired: true }));
    expect(spotsOf(plan)?.map(({ controlPointIndex }) => controlPointIndex)).to.deep.equal([0, 1]);
  });

  it('is read beside the block of another maker', async () => {
    const other = { '300b,0010': element('300b,0010', 'LO', 'OTHER'), '300b,1092': element('300b,1092', 'LO', '7') };
    const plan = await parsePlan(file({ block: '11' }, {}, { firstControlPoint: other }));
    expect(spotsOf(plan)).to.deep.equal(EXPECTED);
  });

  it('is remarked as what it is calculated as', async () => {
    const { remarks } = await parsePlan(file());
    expect(remarks).to.deep.equal([
      'beam 2: line scanning is calculated as spots at the recorded points, each with its recorded weight',
    ]);
  });

  const where = 'beam 2, control point 0: ';
  const refusals: readonly (readonly [string, RawLine, string, string])[] = [
    ['a wrong count', { changes: { '92': '4 ' } }, 'plan.spot-count', `${where}line spot count (300B,1092) says 4`],
    ['a count that is no number', { changes: { '92': 'x ' } }, 'plan.spot-count', '(300B,1092) says NaN'],
    ['an empty count', { changes: { '92': '' } }, 'plan.spot-count', '(300B,1092) says 0'],
    ['no count', { changes: { '92': undefined } }, 'plan.missing-element', `${where}line spot count (300B,1092)`],
    [
      'no positions',
      { changes: { '94': undefined } },
      'plan.missing-element',
      `${where}line spot positions (300B,1094)`,
    ],
    ['no weights', { changes: { '96': undefined } }, 'plan.missing-element', `${where}line spot weights (300B,1096)`],
    ['half a weight', { changes: { '96': Buffer.alloc(10) } }, 'plan.bad-number', '(300B,1096) has 10 bytes'],
    ['half a position', { changes: { '94': Buffer.alloc(22) } }, 'plan.bad-number', '(300B,1094) has 22 bytes'],
    ['a position too few', { changes: { '94': Buffer.alloc(20) } }, 'plan.spot-count', '3 weights and 5 coordinates'],
    ['a negative weight', { changes: { '96': floatBytes([0, -1, 3]) } }, 'plan.bad-number', '(300B,1096) is -1'],
    ['a weight that is no number', { changes: { '96': floatBytes([0, NaN, 3]) } }, 'plan.bad-number', '(300B,1096)'],
    ['an infinite position', { changes: { '94': floatBytes([0, Infinity, 0, 0, 0, 0]) } }, 'plan.bad-number', '1094'],
    ['no creator', { creator: null }, 'plan.scan-mode', 'beam 2: Scan Mode (300A,0308) LINE without readable spots'],
    ['another creator', { creator: 'OTHER' }, 'plan.scan-mode', 'of private creator IMPAC'],
    ['weights in another block', { block: '11', changes: { '96': undefined } }, 'plan.missing-element', '(300B,1196)'],
  ];
  for (const [name, line, code, words] of refusals) {
    it(`is refused with ${name}, naming beam and element`, async () => {
      const error = await refusal(file(line, { encoding: 'implicit-little' }));
      expect([error.severity, error.code]).to.deep.equal(['input', code]);
      expect(error.message).to.contain(words).and.to.contain('beam 2');
    });
  }
});
