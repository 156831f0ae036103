import { expect } from 'chai';
import { parsePlan } from '../../../../../src/adapters/dicom/reading/plan-parser.js';
import { CaseError } from '../../../../../src/domain/errors.js';
import { dicomFile, element } from '../../../../builders/dicom-bytes.js';
import { rawIonPlan } from '../../../../builders/raw-ion-plan.js';
import type { RawBeam, RawPlan } from '../../../../builders/raw-ion-plan.js';

async function refusal(bytes: Buffer): Promise<CaseError> {
  try {
    await parsePlan(bytes);
  } catch (thrown) {
    if (thrown instanceof CaseError) return thrown;
    throw thrown;
  }
  throw new Error('the plan was accepted');
}

const refused = (plan: RawPlan): Promise<CaseError> => refusal(dicomFile(rawIonPlan(plan)));
const refusedBeam = (beam: Partial<RawBeam>): Promise<CaseError> => refused({ beams: [{ number: 2, ...beam }] });
const beamChange = (tag: string, vr: string, value: string) => ({ changes: { [tag]: element(tag, vr, value) } });
const pointChange = (tag: string, vr: string, value: string | readonly number[]) => ({
  firstControlPoint: { [tag]: element(tag, vr, value) },
});

describe('RT Ion Plan: what is refused', () => {
  const cases: readonly (readonly [string, Partial<RawBeam>, string, RegExp])[] = [
    ['no meterset', { meterset: null }, 'plan.no-meterset', /beam 2: Beam Meterset \(300A,0086\) is missing/],
    ['a meterset of 0', { meterset: 0 }, 'plan.no-meterset', /beam 2: Beam Meterset \(300A,0086\) is 0/],
    ['a negative meterset', { meterset: -5 }, 'plan.bad-number', /beam 2: Beam Meterset \(300A,0086\) is -5/],
    ['no total weight', { finalWeight: null }, 'plan.no-meterset', /Final Cumulative Meterset Weight \(300A,010E\)/],
    ['a total weight of 0', { finalWeight: 0 }, 'plan.no-meterset', /\(300A,010E\) is 0/],
    ['an energy of 0', pointChange('300a,0114', 'DS', '0'), 'plan.bad-number', /control point 0: Nominal Beam Energy/],
    ['a negative energy', pointChange('300a,0114', 'DS', '-70'), 'plan.bad-number', /Energy \(300A,0114\) is -70/],
    ['an energy that is no number', pointChange('300a,0114', 'DS', 'NaN'), 'plan.bad-number', /not a finite number/],
    ['no energy', { firstControlPoint: { '300a,0114': undefined } }, 'plan.missing-element', /Nominal Beam Energy/],
    ['no gantry angle', { firstControlPoint: { '300a,011e': undefined } }, 'plan.missing-element', /Gantry Angle/],
    ['a negative gantry angle', pointChange('300a,011e', 'DS', '-1'), 'plan.bad-number', /\(300A,011E\) is -1/],
    ['no isocentre', { firstControlPoint: { '300a,012c': undefined } }, 'plan.missing-element', /Isocenter Position/],
    ['an infinite isocentre', pointChange('300a,012c', 'DS', '0\\Infinity\\0'), 'plan.bad-number', /Isocenter/],
    ['an isocentre of two numbers', pointChange('300a,012c', 'DS', '0\\0'), 'plan.bad-number', /fewer than three/],
    ['a weight that is no number', pointChange('300a,0396', 'FL', [NaN, 1]), 'plan.bad-number', /Meterset Weights/],
    ['a negative weight', pointChange('300a,0396', 'FL', [-1, 1]), 'plan.bad-number', /\(300A,0396\) is -1/],
    ['an infinite position', pointChange('300a,0394', 'FL', [0, Infinity, 0, 0]), 'plan.bad-number', /Position Map/],
    ['a position too few', pointChange('300a,0394', 'FL', [0, 0, 0]), 'plan.spot-count', /2 weights and 3 coordinates/],
    ['a wrong spot count', pointChange('300a,0392', 'IS', '3'), 'plan.spot-count', /says 3/],
    ['line scanning', beamChange('300a,0308', 'CS', 'LINE'), 'plan.scan-mode', /beam 2: Scan Mode \(300A,0308\) LINE/],
    ['uniform scanning', beamChange('300a,0308', 'CS', 'UNIFORM'), 'plan.scan-mode', /UNIFORM/],
    ['monitor units in minutes', beamChange('300a,00b3', 'CS', 'MINUTE'), 'plan.meterset-unit', /neither MU nor NP/],
    ['no radiation type', { changes: { '300a,00c6': undefined } }, 'plan.missing-element', /Radiation Type/],
    [
      'no control points',
      { changes: { '300a,03a8': undefined } },
      'plan.missing-element',
      /Ion Control Point Sequence/,
    ],
    [
      'weights that are all 0',
      { layers: [{ energyMeV: 100, spots: [{ x: 0, y: 0, weight: 0 }] }], finalWeight: 1 },
      'plan.no-spots',
      /all its spot weights are 0/,
    ],
  ];
  for (const [what, beam, code, words] of cases) {
    it(`a beam with ${what}, naming beam and element`, async () => {
      const error = await refusedBeam(beam);
      expect([error.severity, error.code]).to.deep.equal(['input', code]);
      expect(error.message)
        .to.match(words)
        .and.to.match(/beam 2|Primary Dosimeter/);
      expect(error.remedy).not.to.equal('');
    });
  }

  it('two beams with one number', async () => {
    const error = await refused({ beams: [{ number: 3 }, { number: 3 }] });
    expect([error.code, error.message]).to.deep.equal([
      'plan.duplicate-beam',
      'two beams of the plan have the number 3',
    ]);
  });

  it('a plan without beams, and one with set-up fields alone', async () => {
    expect((await refused({ beams: [] })).code).to.equal('plan.no-beams');
    const setup = { number: 1, changes: { '300a,00ce': element('300a,00ce', 'CS', 'SETUP') } };
    expect((await refused({ beams: [setup] })).message).to.contain('only 1 set-up field');
  });

  it('spots in private elements alone', async () => {
    const points = [[element('300a,0114', 'DS', '100'), element('300b,1092', 'LO', '2')]];
    const error = await refusedBeam({ changes: { '300a,03a8': element('300a,03a8', 'SQ', points) } });
    expect(error.code).to.equal('plan.no-spots');
  });

  it('beams for different patient positions', async () => {
    const setups = ['HFS', 'FFS'].map((position, i) => [
      element('0018,5100', 'CS', position),
      element('300a,0182', 'IS', String(i + 1)),
    ]);
    const changes = { '300a,0180': element('300a,0180', 'SQ', setups) };
    const second = { number: 2, changes: { '300c,006a': element('300c,006a', 'IS', '2') } };
    expect((await refused({ beams: [{ number: 1 }, second], changes })).code).to.equal('plan.several-positions');
  });

  it('a photon plan', async () => {
    const changes = { '0008,0016': element('0008,0016', 'UI', '1.2.840.10008.5.1.4.1.1.481.5') };
    expect((await refused({ changes })).code).to.equal('plan.not-ion');
  });

  it('132 bytes of preamble and DICM', async () => {
    expect((await refusal(Buffer.concat([Buffer.alloc(128), Buffer.from('DICM')]))).code).to.equal('plan.truncated');
  });

  it('a deflated plan that grows beyond the limit, without holding it', async () => {
    const bulk = element('0009,1010', 'OB', Buffer.alloc(80 * 1024 * 1024));
    const bytes = dicomFile([...rawIonPlan(), bulk], { encoding: 'deflated' });
    expect(bytes.length).to.be.lessThan(1024 * 1024);
    expect((await refusal(bytes)).code).to.equal('plan.too-large');
  });
});
