import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import dicomParser from 'dicom-parser';
import { expect } from 'chai';
import type { MoquiOptions } from '../../../src/adapters/engines/moqui/moqui-options.js';
import type { BeamInput } from '../../../src/domain/beam-input.js';
import type { Geometry } from '../../../src/domain/geometry.js';
import { phantomGeometry } from '../../../src/domain/geometry-choice.js';
import {
  aMoquiBeam,
  AMoquiJob,
  aRangeShifter,
  aWaterCt,
  MACHINE_TEXT,
  runMoqui,
  SMALL_WATER,
  type MoquiRun,
} from '../../builders/a-moqui.js';
import { aLayer } from '../../builders/a-pencil-beam-job.js';
import { distal80, planeSums } from '../../builders/dose-figures.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';

describe('moqui', () => {
  const place = tempFolder();
  let jobs = 0;
  const aJob = (beam?: BeamInput, geometry?: Geometry): AMoquiJob =>
    new AMoquiJob(join(place.path, String((jobs += 1))), beam, geometry);

  const parameters = ({ request }: AMoquiJob): Readonly<Record<string, string>> =>
    Object.fromEntries(
      readFileSync(join(request.folder, 'moqui.in'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
    );

  /** Of the plan that the program is given, in its first control point, the only one that it looks for it. */
  const snoutIn = ({ request }: AMoquiJob): number | undefined => {
    const set = dicomParser.parseDicom(readFileSync(join(request.folder, 'dicom', 'RN.dcm')));
    const point = set.elements.x300a03a2?.items?.[0]?.dataSet?.elements.x300a03a8?.items?.[0]?.dataSet;
    return point?.float('x300a030d');
  };

  it('a virtual source that is not where the plan has it is told of the dose, from 1 % on', async () => {
    const told = async (virtualSadMm: BeamInput['virtualSadMm'], log = false): Promise<string> => {
      const job = aJob(aMoquiBeam({ virtualSadMm }));
      await (log ? job.logEngine() : job.engine()).prepare(job.request);
      const record = readFileSync(join(job.request.folder, 'moqui.json'), 'utf8');
      return (JSON.parse(record) as { remarks: readonly string[] }).remarks.join('\n');
    };
    expect(await told([2000, 2400])).to.contain(
      '\nvirtual source not as planned: 2000 and 2000 mm by the machine file, 2000 and 2400 mm by the plan',
    );
    for (const same of [await told([2000, 2019]), await told(null), await told([2000, 2400], true)]) {
      expect(same).to.contain('Monte Carlo').and.to.not.contain('virtual source');
    }
  });

  describe('in a water phantom that lies about an isocentre, with spots to one side', () => {
    const isocentreMm = [12.3, -170.158537, -2.121951] as const;
    const spots = aLayer({
      energyMeV: 100,
      xMm: [6, 10],
      yMm: [-9, -14],
      meterset: [300, 200],
      protons: [6e8, 4e8],
    });
    const beam = aMoquiBeam({ isocentreMm, gantryAngleDeg: 37, couchAngleDeg: 12, layers: [spots] });
    const geometry = phantomGeometry('2.25.7', isocentreMm, { sizeMm: [49, 57, 100], spacingMm: 4 });

    it('dialect log, whose own phantom lies on the axes of the gantry, gives the dose of dialect upstream voxel by voxel', async () => {
      const [upstream, log] = [aJob(beam, geometry), aJob(beam, geometry)];
      const [a, b] = [await runMoqui(upstream.engine(), upstream), await runMoqui(log.logEngine(), log)];
      const { size } = a.result.grid;
      const largest = (values: Float64Array): readonly number[] => {
        const index = values.indexOf(Math.max(...values));
        return [index % size[0], Math.floor(index / size[0]) % size[1], Math.floor(index / size[0] / size[1])];
      };
      expect(largest(b.values)).to.deep.equal(largest(a.values));
      // Sides are moved to whole millimetres, so that voxels differ by a part of one: in sum and depth nothing does.
      expect(b.values.reduce((x, y) => x + y) / a.values.reduce((x, y) => x + y)).to.be.closeTo(1, 0.02);
      const off = a.values.map((gy, i) => Math.abs(gy - (b.values[i] ?? NaN)));
      expect(Math.max(...off) / a.result.maxGy).to.be.lessThan(0.06);
      expect(b.result.grid).to.deep.equal(geometry.doseGrid);
    });

    it('the log dialect is told of whole millimetres with the isocentre plane as the face', async () => {
      const job = aJob(beam, geometry);
      await job.logEngine().prepare(job.request);
      expect(parameters(job)).to.include({
        UsingPhantomGeo: 'true',
        PhantomDimX: '13',
        PhantomDimY: '15',
        PhantomDimZ: '25',
        PhantomUnitX: '4',
        PhantomUnitZ: '4',
        PhantomPositionX: '-25',
        PhantomPositionY: '-29',
        PhantomPositionZ: '-100',
      });
    });
  });

  it('a CT whose pixels are not square, whose sides it takes for each other, gives the dose where it belongs', async () => {
    const side = aMoquiBeam({ gantryAngleDeg: 90, isocentreMm: [0, 20, 0] });
    const square = aWaterCt(join(place.path, 'square'));
    const flat = aWaterCt(join(place.path, 'flat'), [4, 2, 4]);
    const doses = await Promise.all(
      [square, { ...flat, doseGrid: square.doseGrid }].map(async (geometry) => {
        const job = aJob(side, geometry);
        return runMoqui(job.engine(), job);
      }),
    );
    const [a, b] = doses as [MoquiRun, MoquiRun];
    expect(b.result.remarks.join()).to.contain('CT resampled');
    expect(b.values.reduce((x, y) => x + y) / a.values.reduce((x, y) => x + y)).to.be.closeTo(1, 0.02);
    const depth = ({ values, result }: MoquiRun): number =>
      distal80(planeSums(Float32Array.from(values), result.grid, 0).toReversed());
    expect(depth(b)).to.be.closeTo(depth(a), 0.5);
  });

  it('an attempt finds nothing of what another has left in its folder: it would take the first plan it meets', async () => {
    const job = aJob();
    for (const [folder, name] of [
      ['dicom', 'A.dcm'],
      ['out', 'OLD_1_Dose.raw'],
      ['logs/Field000', '001_90MeV.csv'],
    ] as const) {
      mkdirSync(join(job.request.folder, folder), { recursive: true });
      writeFileSync(join(job.request.folder, folder, name), 'old');
    }
    await job.logEngine().prepare(job.request);
    const left = readdirSync(job.request.folder, { recursive: true, encoding: 'utf8' });
    expect(left.filter((name) => /A\.dcm|OLD|Field000/.test(name))).to.deep.equal([]);
  });

  describe('where protons begin', () => {
    const refusal = async (
      beam: BeamInput,
      geometry: Geometry,
      change: Partial<MoquiOptions> = {},
    ): Promise<string> => {
      const job = aJob(beam, geometry);
      const { dialect } = change;
      const engine = dialect === 'log' ? job.logEngine(change) : job.engine(change);
      const error = await rejection(engine.prepare(job.request));
      expect(error).to.include({ code: 'engine.unsupported', severity: 'input' });
      return (error as Error).message;
    };
    const LOG = { dialect: 'log', rangeShifters: ['RS 4'] } as const;

    it('a beam without snout position is refused, for the program would read it from memory not its own', async () => {
      for (const change of [{}, LOG]) {
        expect(await refusal(aMoquiBeam({ snoutPositionMm: null }), SMALL_WATER, change)).to.contain('Snout Position');
      }
    });

    it('or has the one that the configuration gives for such plans', async () => {
      const job = aJob(aMoquiBeam({ snoutPositionMm: null }));
      await runMoqui(job.engine({ snoutPositionMm: 421 }), job);
      expect(snoutIn(job)).to.equal(421);
    });

    it('within the patient it would leave out what lies before: refused', async () => {
      const side = { gantryAngleDeg: 90, isocentreMm: [0, 20, 0] } as const;
      expect(await refusal(aMoquiBeam({ ...side, snoutPositionMm: 5 }), aWaterCt(place.path))).to.contain(
        '55 mm from the isocentre',
      );
      expect(await refusal(aMoquiBeam({ ...side, snoutPositionMm: 55 }), aWaterCt(place.path), LOG)).to.contain(
        '55 mm',
      );
      const shifted = { ...side, snoutPositionMm: 100, rangeShifters: [aRangeShifter('RS 4')] };
      expect(await refusal(aMoquiBeam(shifted), aWaterCt(place.path))).to.contain('50 mm from the isocentre');
      const before = aJob(aMoquiBeam({ ...side, snoutPositionMm: 15 }), aWaterCt(place.path));
      await before.engine().prepare(before.request);
    });

    it('nor within a phantom', async () => {
      expect(await refusal(aMoquiBeam({ snoutPositionMm: 0 }), SMALL_WATER, LOG)).to.contain('0 mm from the isocentre');
      expect(await refusal(aMoquiBeam({ snoutPositionMm: -60 }), SMALL_WATER)).to.contain('-10 mm from the isocentre');
    });
  });

  it('dialect log may write its CSVs also where another user of the group runs it: it would wait for ever', async () => {
    const job = aJob();
    const before = process.umask(0o007);
    try {
      await job.logEngine().prepare(job.request);
    } finally {
      process.umask(before);
    }
    const csv = join(job.request.folder, 'logs', 'Field001', '001_100.000MeV.csv');
    expect(statSync(csv).mode & 0o777).to.equal(0o660);
  });

  it('of several range shifters dialect log would take one: refused', async () => {
    const job = aJob(aMoquiBeam({ rangeShifters: [aRangeShifter('A'), aRangeShifter('B')] }));
    const error = await rejection(job.logEngine({ rangeShifters: ['A', 'B'] }).prepare(job.request));
    expect(error).to.include({ code: 'engine.unsupported' });
    expect((error as Error).message).to.contain('2 range shifters');
  });

  describe('a range shifter of dialect upstream', () => {
    const shifters = [aRangeShifter('RS 4', { isocentreDistanceMm: 252 })];
    const depth = ({ values, result }: MoquiRun): number =>
      4 * distal80(planeSums(Float32Array.from(values), result.grid, 1)); // of voxels of 4 mm
    const aShifted = (): AMoquiJob => aJob(aMoquiBeam({ rangeShifters: shifters }));

    it('takes its water from the range, and the plan given has the snout where it lies as planned', async () => {
      const [plain, job] = [aJob(), aShifted()];
      const [open, shifted] = [await runMoqui(plain.engine(), plain), await runMoqui(job.engine(), job)];
      expect(depth(open) - depth(shifted)).to.be.closeTo(46.1, 1);
      expect(snoutIn(job)).to.equal(252 + 40 + 10);
      expect(snoutIn(plain)).to.equal(200);
      expect(shifted.result.remarks).to.include('range shifter: 40 mm of 1.19 g/cm3, exit 252 mm from the isocentre, as planned'); // prettier-ignore
    });

    for (const [trap, row, change, lostMm] of [
      ['one side', 'rangeshifter(mm) 300 300', 'rangeshifter(mm) 300', 46.1],
      ['a size that the spots miss', 'rangeshifter(mm) 300 300', 'rangeshifter(mm) 300 10', 46.1],
      ['a gap of -70, by which protons begin within it', 'gap(mm) 10', 'gap(mm) -70', 23.1],
    ] as const) {
      it(`with ${trap} would take too little of the range without a word: refused`, async () => {
        const spots = aLayer({ energyMeV: 100, xMm: [0], yMm: [10], meterset: [500], protons: [1e9] });
        const beam = aMoquiBeam({ rangeShifters: shifters, layers: [spots] });
        const [good, bad, refused] = [aJob(beam), aJob(beam), aJob(beam)];
        const whole = await runMoqui(good.engine(), good);
        const tampered = await runMoqui(bad.engine(), bad, () => {
          const file = join(bad.request.folder, 'machine.txt');
          writeFileSync(file, readFileSync(file, 'utf8').replace(row, change));
        });
        expect(depth(tampered) - depth(whole)).to.be.closeTo(lostMm, 1);
        writeFileSync(refused.machineFile, MACHINE_TEXT.replace(row, change));
        const error = await rejection(refused.engine().prepare(refused.request));
        expect(error).to.include({ code: 'engine.unsupported', severity: 'input' });
      });
    }
  });

  it('a machine file as Windows writes it, its sections in another order, gives the same dose', async () => {
    const [plain, other] = [aJob(), aJob()];
    const [geometry = '', spots = ''] = MACHINE_TEXT.split('[spot]\n');
    writeFileSync(other.machineFile, `[spot]\n${spots}${geometry}`.replaceAll('\n', '\r\n'));
    const [a, b] = [await runMoqui(plain.engine(), plain), await runMoqui(other.engine(), other)];
    expect(b.result.maxGy).to.equal(a.result.maxGy);
  });
});
