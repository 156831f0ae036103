import { expect } from 'chai';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandEngine, type CommandEngineOptions } from '../../../src/adapters/engines/command-engine.js';
import { LocalHost } from '../../../src/adapters/hosts/local-host.js';
import { DirectScheduler } from '../../../src/adapters/schedulers/direct-scheduler.js';
import { SystemClock } from '../../../src/adapters/system-clock/system-clock.js';
import { voxelCount, type Grid } from '../../../src/domain/grid.js';
import { parseMetaImageHeader } from '../../../src/dose/meta-image.js';
import type { EngineRequest, EngineResult } from '../../../src/ports/engine.js';
import type { JobLimits } from '../../../src/ports/scheduler.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';
import { until } from '../../until.js';

const FAKE_ENGINE = fileURLToPath(new URL('../../../../scripts/fake-engine.mjs', import.meta.url));
const GRID: Grid = { originMm: [-40, -40, -40], spacingMm: [2, 2, 2], size: [40, 40, 40] };

describe('engines that end in every way engines were seen to end', () => {
  const folder = tempFolder();
  const never = new AbortController().signal;
  const limits: JobLimits = { timeoutMs: 60_000, stallMs: 60_000 };
  const scheduler = new DirectScheduler(new LocalHost(), new SystemClock(), { pollMs: 5_000 });
  let request: EngineRequest;
  beforeEach(() => {
    request = {
      folder: join(folder.path, 'attempt-1'),
      beamInputPath: join(folder.path, 'beam.json'),
      geometryPath: join(folder.path, 'geometry.json'),
      beamNumber: 1,
      gpuUuids: [],
    };
    mkdirSync(request.folder);
    writeFileSync(request.geometryPath, JSON.stringify({ doseGrid: GRID }));
  });
  const engineOf = (lie?: string): CommandEngine => {
    const argv = [process.execPath, FAKE_ENGINE, '--geometry', '{geometry}', '--output', '{output}'];
    return new CommandEngine({ argv: lie === undefined ? argv : [...argv, '--lie', lie] });
  };
  const run = (lie?: string, within = limits): Promise<{ result: EngineResult; percents: number[] }> =>
    runOf(engineOf(lie), within);
  const runOf = async (
    engine: CommandEngine,
    within = limits,
  ): Promise<{ result: EngineResult; percents: number[] }> => {
    const percents: number[] = [];
    const progress = engine.readProgress();
    const onLine = (line: string): void => {
      const percent = progress(line);
      if (percent !== null) percents.push(percent);
    };
    const job = await scheduler.submit(await engine.prepare(request));
    const exit = await scheduler.wait(job, within, { onLine }, never);
    return { result: await engine.judge(request, exit), percents };
  };

  it('a good one gives its dose and its progress', async () => {
    const { result, percents } = await run();
    expect(result.maxGy).to.be.within(1.5, 2);
    expect(percents).to.deep.equal([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
  });

  const ENDS = [
    { lie: 'nofile', code: 'engine.bad-dose', says: 'missing' },
    { lie: 'exit0-nofile', code: 'engine.bad-dose', says: 'missing' },
    { lie: 'short', code: 'engine.bad-dose', says: 'bytes where' },
    { lie: 'nan', code: 'engine.bad-dose', says: 'not finite' },
    { lie: 'negative', code: 'engine.bad-dose', says: 'negative' },
    { lie: 'zero', code: 'engine.bad-dose', says: 'zero' },
    { lie: 'wronggrid', code: 'engine.bad-dose', says: 'another grid' },
    { lie: 'crash', code: 'engine.crashed', says: 'SIGABRT' },
  ];
  for (const { lie, code, says } of ENDS) {
    it(`one that lies by "${lie}" gives no dose`, async () => {
      const error = await rejection(run(lie));
      expect(error).to.have.property('code', code);
      expect((error as Error).message).to.contain(says);
    });
  }

  describe('by command with patterns of its own', () => {
    const ofBatches = (change: Partial<CommandEngineOptions> = {}, ...more: readonly string[]): CommandEngine => {
      const argv = [
        process.execPath,
        FAKE_ENGINE,
        '--geometry',
        '{geometry}',
        '--output',
        '{output}',
        '--batches',
        ...more,
      ];
      return new CommandEngine({
        argv,
        result: 'dose.mhd',
        progress: 'batch (?<done>\\d+) of (?<total>\\d+)',
        ...change,
      });
    };

    it('gives progress by done and total, and a result as header and raw file of float64', async () => {
      const { result, percents } = await runOf(ofBatches());
      expect(percents).to.deep.equal([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
      expect(result.path).to.match(/dose\.mhd$/);
      expect(result.maxGy).to.be.within(1.5, 2);
    });

    it('is good only if its word of success is there', async () => {
      expect((await runOf(ofBatches({ success: '^All batches done$' }))).result.maxGy).to.be.greaterThan(1);
    });

    it('is a failure without its word of success, though exit code and dose are good', async () => {
      const error = await rejection(runOf(ofBatches({ success: '^Finished well$' })));
      expect(error).to.include({ code: 'engine.crashed', severity: 'transient' });
      expect((error as Error).message).to.contain('engine.command.success');
    });

    it('is a failure by a word of failure, which is shown', async () => {
      const error = await rejection(runOf(ofBatches({ failures: ['^ERROR'] }, '--lie', 'says-failed')));
      expect(error).to.include({ code: 'engine.crashed', severity: 'transient' });
      expect((error as Error).message).to.contain('ERROR: lost a batch');
    });

    it('gets a phantom as MetaImage of water where it asks for the CT', async () => {
      writeFileSync(request.geometryPath, JSON.stringify({ doseGrid: GRID, ctPath: null }));
      await runOf(ofBatches({}, '--ct', '{ct}'));
      const image = readFileSync(join(request.folder, 'ct.mha'));
      const header = parseMetaImageHeader(image);
      expect(header).to.deep.include({ grid: GRID, elementType: 'MET_SHORT' });
      expect(image.length - header.headerBytes).to.equal(2 * voxelCount(GRID));
    });
  });

  it('one that hangs is stopped', async () => {
    const error = await rejection(run('hang', { ...limits, stallMs: 500 }));
    expect(error).to.include({ code: 'engine.stalled', severity: 'transient' });
  });

  it('one that ignores SIGTERM is ended all the same', async () => {
    const engine = engineOf('ignore-term');
    const prepared = await engine.prepare(request);
    const job = await scheduler.submit({ ...prepared, argv: [...prepared.argv, '--seconds', '60'] });
    const lines: string[] = [];
    const waiting = scheduler.wait(job, limits, { onLine: (line) => lines.push(line) }, never);
    await until('it runs', () => lines.includes('progress 0'));
    await scheduler.kill(job, 100);
    expect((await waiting).how).to.equal('vanished');
    expect(existsSync(join(request.folder, 'dose.mha'))).to.equal(false);
  });
});
