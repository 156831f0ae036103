import { expect } from 'chai';
import { formatMoquiInput, moquiDoubledKey, moquiParameterProblem } from '../../../src/domain/moqui-parameters.js';

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

  it('finds two names that are one to moqui', () => {
    expect(moquiDoubledKey(['XShift', 'YShift'])).to.equal(null);
    expect(moquiDoubledKey(['XShift', 'xshift'])).to.equal('xshift');
  });

  it('writes one name and value a line, numbers without exponent, lists with commas', () => {
    const lines = formatMoquiInput([
      ['Calibration', '/opt/m/hu table.txt'],
      ['MaxHistoriesPerBatch', 10_000_000],
      ['DensityScaling', 1e-7],
      ['SupressStd', true],
      ['StatROI', ['A', 2]],
    ]);
    expect(lines).to.equal(
      'Calibration /opt/m/hu table.txt\nMaxHistoriesPerBatch 10000000\nDensityScaling 0.0000001\nSupressStd true\nStatROI A,2\n',
    );
  });
});
