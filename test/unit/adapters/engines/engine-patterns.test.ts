import { expect } from 'chai';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandEngine, type CommandEngineOptions } from '../../../../src/adapters/engines/command-engine.js';
import type { CaseError } from '../../../../src/domain/errors.js';
import type { Grid } from '../../../../src/domain/grid.js';
import { formatMetaImageHeader } from '../../../../src/dose/meta-image.js';
import type { EngineRequest, ProgressReader } from '../../../../src/ports/engine.js';
import { rejection } from '../../../rejection.js';
import { tempFolder } from '../../../temp-folder.js';

const GRID: Grid = { originMm: [0, 0, 0], spacingMm: [2, 2, 2], size: [2, 2, 2] };
/** An expression that takes longer than anybody lives on the line below. */
const ENDLESS = '^(a+)+$';
const ITS_LINE = `${'a'.repeat(60)}b`;

describe('patterns of engine.command', () => {
  const folder = tempFolder();
  let request: EngineRequest;
  beforeEach(() => {
    const attempt = join(folder.path, 'attempt-1');
    mkdirSync(attempt);
    const geometryPath = join(folder.path, 'geometry.json');
    writeFileSync(geometryPath, JSON.stringify({ doseGrid: GRID }));
    request = { folder: attempt, beamInputPath: '', geometryPath, beamNumber: 1, gpuUuids: [] };
  });
  const engine = (options: Partial<CommandEngineOptions>): CommandEngine =>
    new CommandEngine({ argv: ['x'], ...options });
  const progress = (pattern: string): ProgressReader => engine({ progress: pattern }).readProgress();
  const wrote = (text: string): void => {
    writeFileSync(join(request.folder, 'engine.log'), text);
  };
  const writeDose = (): void => {
    const values = Buffer.from(new Float32Array(8).fill(1).buffer);
    const header = Buffer.from(formatMetaImageHeader(GRID, 'MET_FLOAT'));
    writeFileSync(join(request.folder, 'dose.mha'), Buffer.concat([header, values]));
  };
  const judged = (options: Partial<CommandEngineOptions>, code = 0): Promise<CaseError> =>
    rejection(engine(options).judge(request, { how: 'exited', code })) as Promise<CaseError>;

  it('progress: done or total alone go with the other as last given; nonsense says nothing', () => {
    const read = progress('(?:total (?<total>[\\d.,]+))?(?:done (?<done>-?[\\d.,]+))?');
    const lines = [
      'done 1',
      'total 4',
      'done 1',
      'done 2',
      'done 5',
      'done -1',
      'total 0',
      'total 8',
      'done 2',
      'done 1,5',
    ];
    expect(lines.map(read)).to.deep.equal([null, 25, 25, 50, null, null, null, null, 25, 25]);
  });

  it('progress: a pattern that takes too long is given up; the job and all else go on', () => {
    const read = progress('^(?<done>\\d)(a+)+(?<total>\\d)$');
    const from = performance.now();
    for (let line = 0; line < 50; line++) expect(read(`1${ITS_LINE}`)).to.equal(null);
    expect(performance.now() - from).to.be.below(5_000);
  });

  it('progress: of a hundred thousand lines at once the last that are looked at are told with the line after', async () => {
    const read = progress('^(?<done>\\d+) of (?<total>\\d+)$');
    let told: number | null = null;
    for (let line = 1; line <= 100_000; line++) told = read(`${String(line)} of 200000`) ?? told;
    expect(told).to.be.within(49, 50);
    await new Promise(setImmediate);
    expect(read('a line of another kind')).to.equal(50);
  });

  it('success and failure match text in any language', async () => {
    writeDose();
    wrote('Schichtgröße 3\r\n계산 완료\n');
    const { maxGy } = await engine({ success: '^계산 완료$' }).judge(request, { how: 'exited', code: 0 });
    expect(maxGy).to.equal(1);
    expect((await judged({ failures: ['größe'] })).message).to.contain('Schichtgröße 3');
  });

  it('a line of failure is the failure, also where there is no dose: it is tried again', async () => {
    wrote('layer 1\nCUDA error: 700\nlayer 2\n');
    const error = await judged({ failures: ['^ERROR', 'CUDA error'] });
    expect(error).to.include({ code: 'engine.crashed', severity: 'transient' });
    expect(error.message).to.contain('"CUDA error: 700"');
    expect(await judged({ failures: ['^ERROR'] })).to.include({ code: 'engine.bad-dose' });
    expect(await judged({ success: '^done$' })).to.include({ code: 'engine.crashed', severity: 'transient' });
  });

  it('a bad exit code is told with the line of failure', async () => {
    wrote('CUDA error: 700\n');
    const { code, message } = await judged({ failures: ['CUDA error'], success: '^never$' }, 3);
    expect({ code, message }).to.deep.equal({
      code: 'engine.crashed',
      message: 'the engine ended with exit code 3; it wrote "CUDA error: 700"',
    });
    expect(await judged({ failures: ['CUDA error'] }, 127)).to.have.property('code', 'engine.not-found');
  });

  it('a pattern that takes too long on the output needs an operator, and holds up nothing else for long', async () => {
    writeDose();
    wrote(`${ITS_LINE}\n`);
    for (const options of [{ success: ENDLESS }, { failures: [ENDLESS] }]) {
      const error = await judged(options);
      expect(error).to.include({ code: 'engine.command', severity: 'operator' });
      expect(error.remedy).to.contain('(a+)+');
    }
  }).timeout(10_000);
});
