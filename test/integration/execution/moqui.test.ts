import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { doseComment } from '../../../src/adapters/dicom/writing/dose-remarks.js';
import { MoquiThread } from '../../../src/adapters/engines/moqui/moqui-thread.js';
import type { BeamInput } from '../../../src/domain/beam-input.js';
import { rangeMm } from '../../../src/dose/proton-range.js';
import { aLayer } from '../../builders/a-pencil-beam-job.js';
import {
  aMoquiBeam,
  AMoquiJob,
  aRangeShifter,
  aWaterCt,
  FAKE_MOQUI,
  runMoqui,
  SMALL_WATER,
  start,
  untilEnded,
  type MoquiRun,
} from '../../builders/a-moqui.js';
import { distal80, planeSums } from '../../builders/dose-figures.js';
import { LoopBlocks } from '../../loop-blocks.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';

describe('moqui', () => {
  const place = tempFolder();
  /** Depth of the distal 80 % along +y, mm. */
  const depth80 = ({ result: { grid }, values }: MoquiRun): number =>
    distal80(planeSums(Float32Array.from(values), grid, 1)) * grid.spacingMm[1];

  const parameters = ({ request }: AMoquiJob): Map<string, string> =>
    new Map(
      readFileSync(join(request.folder, 'moqui.in'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
    );

  describe('run as it should', () => {
    it('dialect upstream gives the dose on the dose grid, its range, and progress by batches', async () => {
      const job = new AMoquiJob(place.path);
      const ran = await runMoqui(job.engine(), job);
      expect(ran.result.grid).to.deep.equal(SMALL_WATER.doseGrid);
      expect(ran.result.maxGy).to.be.greaterThan(0.1);
      expect(depth80(ran)).to.be.closeTo(rangeMm(100), 2);
      expect(ran.percents[0]).to.equal(0);
      expect(ran.percents.at(-1)).to.equal(100);
      expect([...ran.percents].sort((a, b) => a - b)).to.deep.equal(ran.percents);
      expect(ran.percents).to.include(50);
      expect(ran.result.remarks.join('\n'))
        .to.match(/^moqui upstream: Monte Carlo, 1000000 histories/m)
        .and.match(/^program SHA-256 [0-9a-f]{16}, input [0-9a-f]{16}$/m);
      expect(doseComment(ran.result.remarks)).to.equal('per fraction; water phantom, gantry 0; moqui upstream');
    });

    it('dialect log gives the same dose from CSVs as upstream from the plan', async () => {
      const upstream = new AMoquiJob(join(place.path, 'u'));
      const log = new AMoquiJob(join(place.path, 'l'));
      const [a, b] = [await runMoqui(upstream.engine(), upstream), await runMoqui(log.logEngine(), log)];
      expect(b.result.maxGy / a.result.maxGy).to.be.closeTo(1, 1e-5);
      expect(depth80(b)).to.be.closeTo(depth80(a), 1e-3);
      expect(parameters(log)).to.include.all.keys('UsingPhantomGeo', 'PhantomDimX', 'GantryNum');
      expect(b.percents).to.include(50);
    });

    it('a CT is calculated as it is, shared by links, and a beam from the side comes from the side', async () => {
      const ct = aWaterCt(place.path);
      const side = aMoquiBeam({ gantryAngleDeg: 90, isocentreMm: [0, 20, 0] });
      const job = new AMoquiJob(place.path, side, ct);
      const { values, result } = await runMoqui(job.engine(), job);
      const [nx, ny] = result.grid.size;
      const profile = Array.from({ length: nx }, (_, x) => values[(5 * ny + 5) * nx + x] ?? 0);
      // The source is at +x: the protons stop towards -x, 77 mm below the surface at +60.
      expect(profile.findIndex((gy) => gy > 0.3 * Math.max(...profile)) * 4 - 58).to.be.closeTo(60 - rangeMm(100), 6);
      const slice = join(job.request.folder, 'dicom', 'CT.0001.dcm');
      expect(statSync(slice).nlink).to.equal(2);
    });

    it('a slice of the CT that was lost or cut short is written again, and earlier attempts keep theirs', async () => {
      const job = new AMoquiJob(
        place.path,
        aMoquiBeam({ gantryAngleDeg: 90, isocentreMm: [0, 20, 0] }),
        aWaterCt(place.path),
      );
      await job.engine().prepare(job.request);
      const everything = (): readonly string[] => readdirSync(place.path, { recursive: true }) as string[];
      const shared = everything().find((name) => /engine-ct-[0-9a-f]+$/.test(name)) ?? '';
      const [lost, cut] = [1, 2].map((n) => join(place.path, shared, `CT.000${String(n)}.dcm`)) as [string, string];
      const [bytes, whole] = [readFileSync(lost), readFileSync(cut)];
      const again = { ...job.request, folder: join(place.path, 'beam-001', 'attempt-2') };
      for (const damage of [
        () => {
          rmSync(lost);
        },
        () => {
          rmSync(cut);
          writeFileSync(cut, whole.subarray(0, 300));
        },
      ]) {
        damage();
        await job.engine().prepare(again);
        expect(readFileSync(join(again.folder, 'dicom', 'CT.0001.dcm')).equals(bytes)).to.equal(true);
        expect(readFileSync(join(again.folder, 'dicom', 'CT.0002.dcm')).equals(whole)).to.equal(true);
      }
      expect(readFileSync(join(job.request.folder, 'dicom', 'CT.0001.dcm')).equals(bytes)).to.equal(true);
      expect(everything().filter((name) => name.endsWith('.part'))).to.deep.equal([]);
    });

    it('does not hold up the service, however many spots, and its refusals come back as they were', async () => {
      const many = Array.from({ length: 60_000 }, (_, spot) => spot);
      const layers = [100, 101].map((energyMeV) =>
        aLayer({
          energyMeV,
          xMm: many.map((spot) => (spot % 10) / 10),
          yMm: many.map((spot) => (spot % 7) / 10),
          meterset: many.map(() => 0.00417),
          protons: many.map(() => 8_333),
        }),
      );
      const job = new AMoquiJob(place.path, aMoquiBeam({ layers }));
      const thread = new MoquiThread(new URL('../../../src/container-moqui.worker.js', import.meta.url));
      const engine = job.engine({}, (task) => thread.run(task));
      const blocks = new LoopBlocks();
      blocks.start();
      const ran = await runMoqui(engine, job);
      expect(blocks.stop()).to.be.at.most(100);
      expect(ran.result.maxGy).to.be.greaterThan(0.1);
      const refused = job.engine({ machineFile: '/nowhere/machine.txt' }, (task) => thread.run(task));
      expect(await rejection(refused.prepare({ ...job.request, there: (path: string) => path }))).to.include({
        code: 'engine.machine-file',
        severity: 'operator',
      });
    });

    it('an attempt after the first calculates the same dose to the byte', async () => {
      const job = new AMoquiJob(place.path);
      const first = await runMoqui(job.engine(), job);
      const again = new AMoquiJob(join(place.path, 'again'));
      const second = await runMoqui(again.engine(), again);
      expect([...second.values]).to.deep.equal([...first.values]);
      expect(second.result.remarks).to.deep.equal(first.result.remarks);
    });

    it('a judgement made again gives the same file with the same time', async () => {
      const job = new AMoquiJob(place.path);
      const { result } = await runMoqui(job.engine(), job);
      const [bytes, { mtimeMs }] = [readFileSync(result.path), statSync(result.path)];
      const again = await job.engine().judge(job.request, { how: 'exited', code: 0 });
      expect(again).to.deep.equal(result);
      expect(readFileSync(result.path).equals(bytes)).to.equal(true);
      expect(Math.abs(statSync(result.path).mtimeMs - mtimeMs)).to.be.lessThan(1);
    });

    it('a build that multiplies by an RBE all the same is corrected by engine.moqui.rbe', async () => {
      const plain = new AMoquiJob(join(place.path, 'p'));
      const other = new AMoquiJob(join(place.path, 'o'));
      const [a, b] = [await runMoqui(plain.engine(), plain), await runMoqui(other.engine({ rbe: 1.1 }), other)];
      expect(a.result.maxGy / b.result.maxGy).to.be.closeTo(1.1, 1e-5);
      expect(b.result.remarks.join()).to.contain('RBE 1.1 divided out');
    });

    it('spots that were delivered elsewhere than planned are calculated where they were delivered', async () => {
      const layer = aLayer({ energyMeV: 100, meterset: [500], protons: [1e9], xMm: [8] });
      const job = new AMoquiJob(place.path, aMoquiBeam({ layers: [layer] }));
      const { values, result } = await runMoqui(job.engine(), job);
      const [nx, ny] = result.grid.size;
      const row = Array.from({ length: nx }, (_, x) => values[(5 * ny + 5) * nx + x] ?? 0);
      expect(row.indexOf(Math.max(...row)) * 4 - 18).to.be.closeTo(8, 2.1);
    });
  });

  describe('the input it is given', () => {
    const prepared = async (job: AMoquiJob, engine = job.engine()): Promise<AMoquiJob> => {
      await engine.prepare(job.request);
      return job;
    };

    it('pins what makes its dose wrong or its files unfindable, and names no path', async () => {
      const job = await prepared(new AMoquiJob(place.path));
      const lines = parameters(job);
      expect(Object.fromEntries(lines)).to.include({
        SimulationType: 'perBeam',
        BeamNumbers: '1',
        OutputFormat: 'raw',
        StoppingStatistics: 'false',
        OverwriteResults: 'true',
        RBE: '1',
        NumberOfFraction: '1',
        ParticlesPerHistory: '1000',
        Machine: 'pbs:machine.txt',
      });
      expect([...lines.values()].join()).to.not.contain('/');
      expect(readdirSync(join(job.request.folder, 'out'))).to.deep.equal([]);
    });

    it('runs line-buffered, so that progress is not held back', async () => {
      const job = new AMoquiJob(place.path);
      const { argv } = await job.engine().prepare(job.request);
      expect(argv[2]).to.match(/; exec stdbuf -oL "\$@"$/);
    });

    it('the program is hashed where it runs, which may be another than what lies here by that name', async () => {
      const job = new AMoquiJob(place.path);
      const engine = job.logEngine({ program: job.machineFile });
      const exit = await untilEnded(
        await start(await engine.prepare({ ...job.request, installedThere: () => FAKE_MOQUI })),
      );
      const { remarks } = await engine.judge(job.request, exit);
      const sha256 = createHash('sha256').update(readFileSync(FAKE_MOQUI)).digest('hex');
      expect(remarks.at(-1)).to.match(
        new RegExp(`^program v1\\.0\\.8 \\(fake\\), SHA-256 ${sha256.slice(0, 16)}, input [0-9a-f]{16}$`),
      );
    });

    it('a program that is not there is the reason that is given', async () => {
      const job = new AMoquiJob(place.path);
      const engine = job.engine({ program: '/nowhere/tps_env' });
      const exit = await untilEnded(await start(await engine.prepare(job.request)));
      expect(await rejection(engine.judge(job.request, exit))).to.include({ code: 'engine.not-found' });
    });

    it('carries own parameters, and they win over what we would choose', async () => {
      const own = { MaxHistoriesPerBatch: 250_000, randomseed: 7, RangeshifterDensity: 1.2 };
      const job = await prepared(new AMoquiJob(place.path), new AMoquiJob(place.path).engine({ parameters: own }));
      const lines = parameters(job);
      expect(lines.get('MaxHistoriesPerBatch')).to.equal('250000');
      expect(lines.get('randomseed')).to.equal('7');
      expect([...lines.keys()]).to.not.include('RandomSeed');
    });

    it('a CT with more rows than columns gets columns of air, as its buffers need', async () => {
      const job = await prepared(new AMoquiJob(place.path));
      const record = JSON.parse(readFileSync(join(job.request.folder, 'moqui.json'), 'utf8')) as { grid: unknown };
      expect(record.grid).to.deep.include({ size: [25, 25, 10] });
    });

    const REFUSED: readonly [string, Partial<BeamInput>, string][] = [
      ['a meterset in protons', { metersetUnit: 'NP' }, 'protons'],
      ['an energy above the machine file', { layers: [aLayer({ energyMeV: 240, meterset: [1] })] }, '240 MeV'],
      [
        'the lowest energy of the machine file, which it misreads',
        { layers: [aLayer({ energyMeV: 70, meterset: [1] })] },
        '70 MeV',
      ],
      [
        'a range shifter it has no thickness for',
        { rangeShifters: [aRangeShifter('RS 9')], snoutPositionMm: 200 },
        'range shifter',
      ],
    ];
    for (const [what, change, says] of REFUSED) {
      it(`refuses ${what}, naming the beam`, async () => {
        const job = new AMoquiJob(place.path, aMoquiBeam({ beamNumber: 7, ...change }));
        const error = await rejection(job.engine().prepare(job.request));
        expect(error).to.include({ code: 'engine.unsupported', severity: 'input' });
        expect((error as Error).message)
          .to.contain('beam 7')
          .and.to.contain(says);
      });
    }

    it('dialect log refuses range shifters that it was not said to know, and machines without gantry number', async () => {
      const job = new AMoquiJob(
        place.path,
        aMoquiBeam({ rangeShifters: [aRangeShifter('RS 4')], snoutPositionMm: 200 }),
      );
      expect(await rejection(job.logEngine().prepare(job.request))).to.include({ code: 'engine.unsupported' });
      await job.logEngine({ rangeShifters: ['RS 4'] }).prepare(job.request);
      const nowhere = job.logEngine({ rangeShifters: ['RS 4'], machines: [] });
      expect(await rejection(nowhere.prepare(job.request))).to.include({
        code: 'engine.settings',
        severity: 'operator',
      });
    });

    it('a machine file that is missing or that it would misread holds the case', async () => {
      const job = new AMoquiJob(place.path);
      writeFileSync(job.machineFile, '[spot]\n70 70 1 4 4 0 0\n100 100 1 4 4 0 0 2e6\n');
      const error = await rejection(job.engine().prepare(job.request));
      expect(error).to.include({ code: 'engine.machine-file', severity: 'operator' });
      expect((error as Error).message).to.contain('line 2');
      const gone = job.engine({ machineFile: join(place.path, 'none.txt') });
      expect(await rejection(gone.prepare(job.request))).to.include({ code: 'engine.machine-file' });
    });
  });
});
