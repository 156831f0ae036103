import { expect } from 'chai';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandEngine } from '../../../../src/adapters/engines/command-engine.js';
import { PencilBeamEngine } from '../../../../src/adapters/engines/pencil-beam-engine.js';
import { progressOf } from '../../../../src/adapters/engines/progress-line.js';
import { CaseError } from '../../../../src/domain/errors.js';
import type { Grid } from '../../../../src/domain/grid.js';
import { formatMetaImageHeader } from '../../../../src/dose/meta-image.js';
import type { EngineRequest } from '../../../../src/ports/engine.js';
import { aBeamModel } from '../../../builders/a-pencil-beam-job.js';
import { FakeBeamModels } from '../../../fakes/fake-beam-models.js';
import { rejection } from '../../../rejection.js';
import { tempFolder } from '../../../temp-folder.js';

const GRID: Grid = { originMm: [0, 0, 0], spacingMm: [2, 2, 2], size: [2, 2, 2] };

describe('engines', () => {
  const folder = tempFolder();
  let request: EngineRequest;
  beforeEach(() => {
    const attempt = join(folder.path, 'attempt-1');
    request = {
      folder: attempt,
      beamInputPath: join(folder.path, 'beam.json'),
      geometryPath: join(folder.path, 'geometry.json'),
      beamNumber: 0,
      gpuUuids: ['GPU-a', 'GPU-b'],
    };
    mkdirSync(attempt);
    writeFileSync(request.geometryPath, JSON.stringify({ doseGrid: GRID }));
    writeFileSync(request.beamInputPath, JSON.stringify({ beamModel: 'generic' }));
  });
  const command = (...argv: string[]): CommandEngine => new CommandEngine({ argv });
  const writeDose = (value: number): void => {
    const values = Buffer.from(new Float32Array(8).fill(value).buffer);
    const header = Buffer.from(formatMetaImageHeader(GRID, 'MET_FLOAT'));
    writeFileSync(join(request.folder, 'dose.mha'), Buffer.concat([header, values]));
  };
  const judged = (code: number): Promise<unknown> => rejection(command('x').judge(request, { how: 'exited', code }));

  it('a command gets its placeholders filled in, also within an argument, and braces in a path stay', async () => {
    const engine = command(
      '/opt/e',
      '-i={input}',
      '{geometry}',
      '{output}',
      '{workDir}/{beamNumber}',
      '{gpus}',
      '{}',
      '{"a":1}',
    );
    const odd = { ...request, geometryPath: '/data/{input}/geometry.json' };
    const { argv, folder: workDir, gpuUuids } = await engine.prepare(odd);
    expect(argv).to.deep.equal([
      '/opt/e',
      `-i=${request.beamInputPath}`,
      '/data/{input}/geometry.json',
      join(request.folder, 'dose.mha'),
      `${request.folder}/0`,
      'GPU-a,GPU-b',
      '{}',
      '{"a":1}',
    ]);
    expect({ workDir, gpuUuids }).to.deep.equal({ workDir: request.folder, gpuUuids: ['GPU-a', 'GPU-b'] });
  });

  it('a program and its script are named as they are installed on the machine that runs them', async () => {
    const installedThere = (path: string): string => path.replace(/^\/opt\//, '/usr/local/');
    const there = (path: string): string => `/not/${path}`;
    const { argv } = await command('/opt/py', '/opt/dose.py', '--at=/opt/x', 'opt/').prepare({
      ...request,
      there,
      installedThere,
    });
    expect(argv).to.deep.equal(['/usr/local/py', '/usr/local/dose.py', '--at=/opt/x', 'opt/']);
  });

  it('a command with an unknown placeholder or without a program is refused at once', () => {
    for (const argv of [['x', '--out={ouput}'], [], ['']]) {
      expect(() => command(...argv))
        .to.throw(CaseError)
        .that.includes({ code: 'engine.command', severity: 'operator' });
    }
  });

  it('progress is read from lines that state it, and from nothing else', () => {
    const lines = [
      'progress 37',
      'Progress: 37.5 %',
      'beam 2: 12% done',
      '100%',
      '0.5%',
      'progress 101',
      '1234%',
      'layer 5',
      '',
    ];
    expect(lines.map(progressOf)).to.deep.equal([37, 37.5, 12, 100, 0.5, null, null, null, null]);
  });

  it('a run is good only if exit and dose file are, and carries the remarks of the engine, cleaned', async () => {
    writeDose(0.5);
    writeFileSync(join(request.folder, 'remarks.json'), JSON.stringify(['generic model', 'a\u001b[31mred\nline', 7]));
    const result = await command('x').judge(request, { how: 'exited', code: 0 });
    expect(result).to.deep.equal({
      path: join(request.folder, 'dose.mha'),
      grid: GRID,
      maxGy: 0.5,
      remarks: ['generic model', 'a [31mred line'],
    });
  });

  it('remarks that cannot be read are none: too long, a link, no list', async () => {
    writeDose(0.5);
    const path = join(request.folder, 'remarks.json');
    const remarks = async (): Promise<readonly string[]> =>
      (await command('x').judge(request, { how: 'exited', code: 0 })).remarks;
    writeFileSync(path, JSON.stringify(['x'.repeat(300_000)]));
    expect(await remarks()).to.deep.equal([]);
    writeFileSync(path, '{"a":1}');
    expect(await remarks()).to.deep.equal([]);
    rmSync(path);
    symlinkSync(request.geometryPath, path);
    expect(await remarks()).to.deep.equal([]);
  });

  it('a good dose file does not excuse a bad exit', async () => {
    writeDose(0.5);
    expect(await judged(1)).to.include({ code: 'engine.crashed', severity: 'transient' });
    expect(((await judged(139)) as Error).message).to.match(/139 \(SIGSEGV: it crashed\)/);
    expect(((await judged(137)) as Error).message).to.contain('out of memory');
    const lost = command('x').judge(request, { how: 'vanished', reason: 'its process is gone' });
    expect(await rejection(lost)).to.include({ code: 'engine.lost', severity: 'transient' });
  });

  it('an engine that fails with the words that there was no room left needs an operator, not another try', async () => {
    const log = join(request.folder, 'engine.log');
    for (const words of ['write: No space left on device', 'Error: ENOSPC: no space left', 'Disk quota exceeded']) {
      writeFileSync(log, `layer 3\n${words}\nbye\n`);
      expect(await judged(1)).to.include({ code: 'disk.full', severity: 'operator' });
    }
    const lost = rejection(command('x').judge(request, { how: 'vanished', reason: 'it is gone' }));
    expect(await lost).to.include({ code: 'disk.full' });
    writeFileSync(log, 'no space group left unchanged\n');
    expect(await judged(1)).to.include({ code: 'engine.crashed', severity: 'transient' });
  });

  it('a program that is not there needs an operator', async () => {
    for (const code of [126, 127]) {
      expect(await judged(code)).to.include({ code: 'engine.not-found', severity: 'operator' });
    }
  });

  it('the embedded engine gets the whole beam model with its input', async () => {
    const models = new FakeBeamModels([aBeamModel({ name: 'generic' })]);
    const engine = new PencilBeamEngine(models, { programPath: '/app/main.js' });
    const { argv } = await engine.prepare(request);
    const inputPath = join(request.folder, 'engine-input.json');
    expect(argv).to.deep.equal([
      process.execPath,
      '/app/main.js',
      '--input',
      inputPath,
      '--output',
      join(request.folder, 'dose.mha'),
    ]);
    expect(JSON.parse(readFileSync(inputPath, 'utf8'))).to.deep.equal({
      beamInputPath: request.beamInputPath,
      geometryPath: request.geometryPath,
      beamModel: await models.byName('generic'),
    });
  });

  it('what can be brought ahead is what the job will read from outside its folder', async () => {
    const models = new FakeBeamModels([aBeamModel({ name: 'generic' })]);
    const ctPath = join(folder.path, 'input', 'ct.mha');
    for (const engine of [new PencilBeamEngine(models, { programPath: '/app/main.js' }), command('x', '{geometry}')]) {
      for (const geometry of [{ ctPath, phantom: null }, { ctPath: null }]) {
        writeFileSync(request.geometryPath, JSON.stringify(geometry));
        const { inputs = [] } = await engine.prepare({ ...request, there: (path) => `/far${path}` });
        const ofTheCase = inputs.filter((path) => !path.endsWith('geometry.json'));
        expect(await engine.ahead(request)).to.deep.equal(ofTheCase);
        expect(ofTheCase.includes(ctPath)).to.equal(geometry.ctPath !== null);
      }
    }
  });

  it('what the embedded engine cannot model is refused in its own words, made safe to show', async () => {
    const engine = new PencilBeamEngine(new FakeBeamModels([aBeamModel({ name: 'generic' })]), {
      programPath: '/app/main.js',
    });
    const said = `error engine.unsupported beam 3 has \u0007an aperture ${'x'.repeat(1000)}`;
    writeFileSync(join(request.folder, 'engine.log'), `progress 0\n${said}\nlast words\n`);
    const error = await rejection(engine.judge(request, { how: 'exited', code: 2 }));
    expect(error).to.include({ code: 'engine.unsupported', severity: 'input' });
    expect((error as Error).message).to.match(/cannot model this beam: beam 3 has an aperture x+ \.\.\.$/);
    expect((error as Error).message.length).to.be.below(400);
  });
});
