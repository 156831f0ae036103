import { expect } from 'chai';
import { engineGrid } from '../../../../../src/adapters/engines/moqui/engine-grid.js';
import { historiesOf } from '../../../../../src/adapters/engines/moqui/histories.js';
import { logCsvs } from '../../../../../src/adapters/engines/moqui/log-csv.js';
import { machineProtonsPerMu, parseMachineFile } from '../../../../../src/adapters/engines/moqui/machine-file.js';
import { moquiProgress } from '../../../../../src/adapters/engines/moqui/moqui-progress.js';
import { CaseError } from '../../../../../src/domain/errors.js';
import type { Grid } from '../../../../../src/domain/grid.js';
import { aLayer } from '../../../../builders/a-pencil-beam-job.js';
import { aMoquiBeam, MACHINE_TEXT } from '../../../../builders/a-moqui.js';

describe('moqui', () => {
  describe('progress', () => {
    const percents = (lines: readonly string[]): readonly (number | null)[] => lines.map(moquiProgress());

    it('of dialect upstream goes by the histories of the batches before', () => {
      const lines = [
        'Upload 1000 histories per batch, 4 batches expected',
        'cum_vertiex 1000 1000',
        'cum_vertiex 2000 1000',
        'cum_vertiex 3500 500',
        'Simlulation finalizing..',
        'Time taken by MC engine: 12.5 milli-seconds',
      ];
      expect(percents(lines)).to.deep.equal([0, 0, 25, 75, null, 100]);
    });

    it('of dialect log goes by the batches done', () => {
      const lines = [
        'Uploading particles with batch.. : Particle count --> 1000 with 4 batches',
        'Generating particles for (1 of 4 batches) in CPU ..',
        'Generating particles for (3 of 4 batches) in CPU ..',
        'Total execution time: 3 seconds',
      ];
      expect(percents(lines)).to.deep.equal([null, 0, 50, 100]);
    });

    it('of a job followed anew starts anew', () => {
      expect(percents(['cum_vertiex 1000 1000'])).to.deep.equal([null]);
    });
  });

  describe('machine file', () => {
    const SPOTS = '[spot]\n100 100 1 4 4 0 0 2000000\n# note\n70 70 1 4 4 0 0 1000000 # row\n';
    const SAD = '[geometry]\nSAD(mm) 2000 1800\n';
    const parsed = (text: string): ReturnType<typeof parseMachineFile> => parseMachineFile(Buffer.from(text));

    it('gives protons per MU linear between its rows, and none beyond them or at the lowest', () => {
      const machine = parsed(`${SAD}${SPOTS}[time]\nI(nA) 2\n`);
      expect([70, 85, 100, 100.1].map((energy) => machineProtonsPerMu(machine, energy))).to.deep.equal([
        null,
        1_500_000,
        2_000_000,
        null,
      ]);
    });

    it('compares energies in 32 bits, as the program does', () => {
      const machine = parsed(SAD + SPOTS);
      expect(machineProtonsPerMu(machine, 70.000001)).to.equal(null);
      expect(machineProtonsPerMu(machine, 100.000001)).to.equal(2_000_000);
    });

    it('names its range shifters and their thickness, and says whether it can place them', () => {
      const machine = parsed(MACHINE_TEXT);
      expect([...machine.rangeShifters]).to.deep.equal([['RS 4', 40]]);
      expect(machine.sadMm).to.deep.equal([2000, 2000]);
      expect(machine.shifter).to.deep.equal({ sizeMm: [300, 300], gapMm: 10 });
      expect(parsed(SAD + SPOTS).shifter).to.equal(null);
    });

    it('is handed on so that the program reads every section: in its order, names to the letter, no carriage returns', () => {
      const windows = `\uFEFF${SPOTS}[own] \nx 1\n  [geometry]  # of the gantry\n  SAD(mm) 2000 1800\n`.replaceAll(
        '\n',
        '\r\n',
      );
      expect(parsed(windows).text).to.equal(
        '[geometry]\nSAD(mm) 2000 1800\n[spot]\n100 100 1 4 4 0 0 2000000\n70 70 1 4 4 0 0 1000000\n[own]\nx 1\n',
      );
    });

    const MISREAD: readonly [string, string, string][] = [
      ['no distance of the magnets', SPOTS, 'SAD(mm)'],
      ['a distance of the magnets of 0', `[geometry]\nSAD(mm) 0 2000\n${SPOTS}`, 'SAD(mm)'],
      ['two rows for one energy', `${SAD}${SPOTS}70 70 1 4 4 0 0 900000\n`, '70 MeV'],
      ['brackets within a row', `${SAD}[rangeshifter_thickness]\n"RS [4]" 40\n${SPOTS}`, 'line 4'],
      ['two thicknesses of a range shifter', `${SAD}[rangeshifter_thickness]\n"A" 40\n"A" 50\n${SPOTS}`, 'line 5'],
    ];
    for (const [what, text, says] of MISREAD) {
      it(`${what}: it is not used`, () => {
        expect(() => parsed(text))
          .to.throw(CaseError, says)
          .that.includes({ code: 'engine.machine-file' });
      });
    }
  });

  describe('histories', () => {
    const grid: Grid = { originMm: [0, 0, 0], spacingMm: [2, 2, 3], size: [10, 10, 10] };
    const field = aMoquiBeam({
      layers: [aLayer({ xMm: [-45, 45], yMm: [-45, 45], meterset: [1, 1], protons: [1e6, 1e6] })],
    });

    it('are those asked for', () => {
      expect(historiesOf(field, [grid], { histories: 5_000_000, statisticalPercent: 1 })).to.equal(5_000_000);
    });

    it('follow from the wanted uncertainty: a field of 100 x 100 mm, voxels of 2 mm, 1 %', () => {
      expect(historiesOf(field, [grid], { histories: null, statisticalPercent: 1 })).to.equal(25_000_000);
      expect(historiesOf(field, [grid], { histories: null, statisticalPercent: 2 })).to.equal(6_250_000);
    });

    it('are counted by the voxels of the dose that is delivered, where these are larger than those of the CT', () => {
      const ct: Grid = { ...grid, spacingMm: [0.6, 0.6, 2.5] };
      const percent = { histories: null, statisticalPercent: 1 };
      expect(historiesOf(field, [ct, grid], percent)).to.equal(25_000_000);
      expect(historiesOf(field, [grid, ct], percent)).to.equal(25_000_000);
      expect(historiesOf(field, [ct, { ...grid, spacingMm: [3, 2, 1] }], percent)).to.equal(1e8 / 5);
    });

    it('are never so few that rounding down those of each spot loses 0.1 % of the dose', () => {
      const many = Array.from({ length: 4000 }, () => 0.1);
      const fine = aMoquiBeam({ layers: [aLayer({ xMm: many, yMm: many, meterset: many, protons: many })] });
      expect(historiesOf(fine, [grid], { histories: 10_000, statisticalPercent: 1 })).to.equal(2_000_000);
    });
  });

  describe('CSVs of dialect log', () => {
    it('are one flat line for a layer without line break, in folders and files that sort as they were delivered', () => {
      const layers = Array.from({ length: 11 }, (_, i) =>
        aLayer({ energyMeV: 150.25 - i, xMm: [1, 2, 3], yMm: [-1, 0, 1], meterset: [1, 0, 2], protons: [1, 0, 2] }),
      );
      const csvs = logCsvs(aMoquiBeam({ layers }), 10);
      expect(csvs[0]).to.deep.equal({
        name: '001_150.250MeV.csv',
        text: '0,1.0000,-1.0000,10,1,3.0000,1.0000,20',
        counts: 30,
        spots: 2,
        energyMeV: 150.25,
      });
      expect([...csvs].map(({ name }) => name).sort()).to.deep.equal(csvs.map(({ name }) => name));
    });

    it('carry on what rounding leaves: the sum is right to one count', () => {
      const thirds = Array.from({ length: 99 }, () => 1 / 3);
      const beam = aMoquiBeam({ layers: [aLayer({ xMm: thirds, yMm: thirds, meterset: thirds, protons: thirds })] });
      // A spot that would get no count is left out: it would be a spot that the program reads and makes nothing of.
      expect(logCsvs(beam, 1)[0]).to.include({ counts: 33, spots: 33 });
    });
  });

  describe('the grid it calculates on', () => {
    it('is that of the CT where pixels are square and columns not fewer than rows', () => {
      const ct: Grid = { originMm: [1, 2, 3], spacingMm: [1, 1, 2.5], size: [6, 5, 4] };
      expect(engineGrid(ct)).to.deep.equal({ grid: ct, from: ct, resampled: false });
    });

    it('has square pixels of the smaller side where they are not square, from the same outer face', () => {
      const { grid, resampled } = engineGrid({ originMm: [1, 0.5, 0], spacingMm: [2, 1, 3], size: [6, 8, 4] });
      expect(resampled).to.equal(true);
      expect(grid).to.deep.equal({ originMm: [0.5, 0.5, 0], spacingMm: [1, 1, 3], size: [12, 8, 4] });
    });
  });
});
