import { expect } from 'chai';
import { logInput, upstreamInput } from '../../../src/adapters/engines/moqui/input-file.js';
import {
  formatMoquiInput,
  moquiCalibrationAborts,
  moquiDoubledKey,
  moquiParameterProblem,
  moquiUnknownKeys,
  type MoquiValue,
} from '../../../src/domain/moqui-parameters.js';

describe('parameters of moqui', () => {
  const PINNED = [
    'SimulationType',
    'OutputFormat',
    'StoppingStatistics',
    'OverwriteResults',
    'BeamNumbers',
    'Scorer',
    'ParentDir',
    'DicomDir',
    'OutputDir',
    'ParticlesPerHistory',
    'RBE',
    'NumberOfFraction',
    'Machine',
    'GantryNum',
    'logFilePath',
    'UsingPhantomGeo',
    'TwoCentimeterMode',
    'GPUID',
  ];
  for (const key of PINNED) {
    it(`${key} is set by the service, however it is spelt`, () => {
      expect(moquiParameterProblem(key, 1)).to.contain('is set by the service');
      expect(moquiParameterProblem(key.toUpperCase(), 1)).to.contain('is set by the service');
    });
  }

  it('refuses what the input file cannot carry', () => {
    const problems = (['a # b', 'two\nlines', ' blank', '', NaN, Infinity, 3e9, [], ['a,b']] as const).map((value) =>
      moquiParameterProblem('Calibration', value),
    );
    expect(problems.every((problem) => problem !== null)).to.equal(true);
    expect(moquiParameterProblem('two words', 1)).to.contain('no name');
    expect(moquiParameterProblem('#x', 1)).to.contain('no name');
  });

  it('refuses to run without batches: there would be no progress', () => {
    expect(moquiParameterProblem('MaxHistoriesPerBatch', 0)).to.contain('progress');
    expect(moquiParameterProblem('MaxHistoriesPerBatch', 100_000)).to.equal(null);
  });

  it('refuses values of another kind than the program reads: it would take another value without a word', () => {
    const WRONG: readonly (readonly [string, MoquiValue])[] = [
      ['RandomSeed', 'seven'],
      ['randomseed', 2.5],
      ['TotalThreads', 0],
      ['MaxHistoriesPerBatch', '1000'],
      ['DensityScaling', '1,03'],
      ['XShift', true],
      ['SaveMap', 'yes'],
      ['OfMyBuild', 1e-50],
    ];
    for (const [key, value] of WRONG) expect(moquiParameterProblem(key, value), key).to.match(/^(must|is too small)/);
    const right = [['RandomSeed', 7], ['TotalThreads', -1], ['DensityScaling', 1.03], ['OfMyBuild', 'x y']] as const; // prettier-ignore
    for (const [key, value] of right) expect(moquiParameterProblem(key, value), key).to.equal(null);
  });

  it('refuses all that the service writes itself, but for what it says may be set', () => {
    const common = { histories: 1, seed: 1, parameters: {} };
    const phantom = { originMm: [0, 0, 0], spacingMm: [1, 1, 1], size: [1, 1, 1] } as const;
    const written = [...upstreamInput(common, 1), ...logInput(common, 1, phantom)].map(([key]) => key);
    const free = written.filter((key) => !(moquiParameterProblem(key, 1) ?? '').startsWith('is set by the service'));
    expect([...new Set(free)].sort()).to.deep.equal(['MaxHistoriesPerBatch', 'RandomSeed', 'TotalThreads']);
  });

  it('knows which names a dialect is known to read, however they are spelt', () => {
    const keys = ['randomseed', 'DensityScaling', 'DensityScalling'];
    expect(moquiUnknownKeys(keys, 'upstream')).to.deep.equal(['DensityScalling']);
    expect(moquiUnknownKeys(keys, 'log')).to.deep.equal(['DensityScaling', 'DensityScalling']);
  });

  it('knows that Verbosity and ROIName are read by dialect log alone', () => {
    expect(moquiUnknownKeys(['verbosity', 'ROIName', 'BodyContourName'], 'upstream')).to.deep.equal(['verbosity', 'ROIName']); // prettier-ignore
    expect(moquiUnknownKeys(['verbosity', 'ROIName', 'BodyContourName'], 'log')).to.deep.equal([]);
    expect(moquiParameterProblem('Verbosity', 'much')).to.equal('must be a whole number');
  });

  it('knows the one calibration over which the public program does not end itself', () => {
    expect(moquiCalibrationAborts({ calibration: '/opt/hu.txt' }, 'upstream')).to.equal(true);
    expect(moquiCalibrationAborts({ Calibration: 'Default', XShift: 1 }, 'upstream')).to.equal(false);
    expect(moquiCalibrationAborts({ Calibration: 'own' }, 'log')).to.equal(false);
  });

  it('finds two names that are one to moqui', () => {
    expect(moquiDoubledKey(['XShift', 'YShift'])).to.equal(null);
    expect(moquiDoubledKey(['XShift', 'xshift'])).to.equal('xshift');
  });

  it('writes one name and value a line, numbers without exponent, lists with commas', () => {
    const lines = formatMoquiInput([
      ['Calibration', '/opt/m/hu table.txt'],
      ['MaxHistoriesPerBatch', 10_000_000],
      ['DensityScaling', 1e-7],
      ['XShift', -1.25e-30],
      ['SupressStd', true],
      ['StatROI', ['A', 2]],
    ]);
    expect(lines).to.equal(
      'Calibration /opt/m/hu table.txt\nMaxHistoriesPerBatch 10000000\nDensityScaling 0.0000001\nXShift -0.00000000000000000000000000000125\nSupressStd true\nStatROI A,2\n',
    );
  });
});
