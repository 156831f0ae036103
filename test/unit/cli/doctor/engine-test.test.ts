import { expect } from 'chai';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { finding, type Finding } from '../../../../src/cli/doctor/finding.js';
import { testEngine } from '../../../../src/cli/doctor/engine-test.js';
import { phantomGeometry } from '../../../../src/domain/geometry-choice.js';
import { transient } from '../../../../src/domain/errors.js';
import { rangeMm } from '../../../../src/dose/proton-range.js';
import type { EngineResult } from '../../../../src/ports/engine.js';
import { anEngineResult } from '../../../builders/an-engine-result.js';
import { aBeamModel } from '../../../builders/a-pencil-beam-job.js';
import { someSettings } from '../../../builders/some-settings.js';
import { FakeBeamModels } from '../../../fakes/fake-beam-models.js';
import { FakeEngine } from '../../../fakes/fake-engine.js';
import { FakeScheduler } from '../../../fakes/fake-scheduler.js';
import { tempFolder } from '../../../temp-folder.js';

/** Of the test beam. */
const GRID = phantomGeometry('', [0, 0, 0], { sizeMm: [60, 60, 103], spacingMm: 2 }).doseGrid;
const VOXEL_KG = 8e-6;
/** 100 MU of the beam model of these tests, at 100 MeV. */
const BEAM_J = 1e8 * 100 * 1.602e-13;

describe('the engine test of mqi doctor', () => {
  const folder = tempFolder();
  const engine = new FakeEngine();
  let scheduler: FakeScheduler;
  let printed: readonly string[];
  beforeEach(() => {
    printed = [];
    scheduler = new FakeScheduler();
    scheduler.plays = ({ folder: at }) => {
      mkdirSync(at, { recursive: true });
      writeFileSync(join(at, 'engine.log'), printed.map((line) => `${line}\n`).join(''));
      return { lines: printed, end: { how: 'exited', code: 0 } };
    };
    engine.judge = ({ folder: at }) => Promise.resolve(dose(join(at, 'dose.mha'), 1));
  });

  /** Dose down to the range of 100 MeV, of so many times the energy of the beam. */
  function dose(path: string, share: number): EngineResult {
    const isReached = (index: number): boolean =>
      ((Math.floor(index / GRID.size[0]) % GRID.size[1]) + 0.5) * 2 < rangeMm(100) + 1;
    const count = Array.from({ length: GRID.size[0] * GRID.size[1] * GRID.size[2] }, (_, i) => i).filter(isReached);
    const gy = (share * BEAM_J) / (count.length * VOXEL_KG);
    return anEngineResult(path, GRID, (index) => (isReached(index) ? gy : 0));
  }

  const test = (command: object | null, root = folder.path, longestMs = 60_000): Promise<readonly Finding[]> => {
    const ports = { engine, scheduler, models: new FakeBeamModels([aBeamModel({ name: 'generic' })]), longestMs };
    const section = command === null ? {} : { engine: { kind: 'command', command: { argv: ['x'], ...command } } };
    const place = { host: 'local', gpuUuids: [], busy: null };
    const settings = someSettings({ root, ...section });
    return finding('engine test', () => testEngine(ports, settings, place, new AbortController().signal));
  };
  const only = async (...of: Parameters<typeof test>): Promise<Finding> => (await test(...of))[0]!;

  it('warns where the dose is not in Gy for one fraction, by its energy, for a program of the site', async () => {
    expect(await only({})).to.include({ result: 'ok', remedy: null });
    for (const share of [100, 30, 0.01]) {
      engine.judge = ({ folder: at }) => Promise.resolve(dose(join(at, 'dose.mha'), share));
      const { result, message, remedy } = await only({});
      expect(result).to.equal('warn');
      expect(message).to.match(/holds (1\.0e\+2|30|0\.01\d*) times the energy of the protons/);
      expect(remedy).to.contain('not cGy');
      expect(await only(null), 'an engine we know').to.include({ result: 'ok' });
    }
  });

  it('warns where no line told progress by the pattern of the configuration', async () => {
    const progress = '(?<done>\\d+) of (?<total>\\d+)';
    printed = ['layer 3'];
    expect((await only({ progress })).message).to.contain('no line of its output told progress');
    printed = ['37%'];
    expect(await only({ progress })).to.include({ result: 'ok' });
    printed = [];
    expect(await only({})).to.include({ result: 'ok' });
  });

  it('says what it means that the dose is the same everywhere', async () => {
    engine.judge = ({ folder: at }) => Promise.resolve(anEngineResult(join(at, 'dose.mha'), GRID, () => 1));
    const { result, message, remedy } = await only({});
    expect(result).to.equal('fail');
    expect(message)
      .to.match(/does not fall off/)
      .and.not.to.contain('NaN');
    expect(remedy).to.contain('the same dose everywhere');
  });

  it('shows the last words of an engine that fails, since its folder is removed', async () => {
    printed = ['loading', 'beam data read', 'connecting', 'licence server \u0007not reachable', ''];
    engine.judge = () =>
      Promise.reject(
        transient('engine.crashed', 'the engine ended with exit code 4', { remedy: 'mqi logs ID --engine' }),
      );
    const { message, remedy } = await only({});
    expect(message).to.equal(
      'the engine ended with exit code 4; the last it wrote: beam data read | connecting | licence server not reachable',
    );
    expect(remedy).to.equal('mend what it says, or run the program by hand as the user of the service');
    expect(readdirSync(join(folder.path, 'work'))).to.deep.equal([]);
    printed = [];
    expect((await only({})).message).to.contain('it wrote nothing');
  });

  it('says that a root cannot be made', async () => {
    writeFileSync(join(folder.path, 'file'), '');
    const { result, message } = await only({}, join(folder.path, 'file', 'root'));
    expect(result).to.equal('fail');
    expect(message).to.match(/the disk of the root.*\(ENOTDIR\)/);
  });

  it('takes back a test beam that waits in a queue for too long, and says for what', async () => {
    scheduler.plays = ({ folder: at }) => {
      mkdirSync(dirname(at), { recursive: true });
      return { lines: [], end: null };
    };
    const submit = scheduler.submit.bind(scheduler);
    scheduler.submit = async (request) => {
      const job = await submit(request);
      scheduler.waitsFor(job.folder, 'Slurm to start it (Resources)');
      return job;
    };
    const { result, message } = await only({}, folder.path, 100);
    expect(result).to.equal('fail');
    expect(message).to.contain('the test beam did not begin in time: it waits for Slurm to start it (Resources)');
    expect(scheduler.killed).to.have.length(1);
  });
});
