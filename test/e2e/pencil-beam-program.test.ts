import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { BeamInput } from '../../src/domain/beam-input.js';
import type { Geometry } from '../../src/domain/geometry.js';
import { voxelCount, type Grid } from '../../src/domain/grid.js';
import type { PencilBeamInput } from '../../src/domain/pencil-beam-input.js';
import { decodeElements, formatMetaImageHeader, parseMetaImageHeader } from '../../src/dose/meta-image.js';
import { aBeamInput, aBeamModel, aLayer, aPhantom, gridBetween } from '../builders/a-pencil-beam-job.js';
import { ctOf, largest, planeSums } from '../builders/dose-figures.js';
import { tempFolder } from '../temp-folder.js';
import { until } from '../until.js';

const program = join(import.meta.dirname, '../../src/pencil-beam/main.js');
const water = aPhantom([-40, 0, -40], [40, 200, 40], 2);

describe('The program pencil-beam', () => {
  const folder = tempFolder();
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  interface Run {
    readonly child: ChildProcess;
    readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
    readonly text: { stdout: string; stderr: string };
  }

  function start(
    beam: BeamInput,
    geometry: Geometry,
    options: { model?: Partial<PencilBeamInput['beamModel']>; args?: string[] } = {},
  ): Run {
    const path = (name: string): string => join(folder.path, name);
    const input: PencilBeamInput = {
      beamInputPath: path('beam.json'),
      geometryPath: path('geometry.json'),
      beamModel: aBeamModel(options.model),
    };
    writeFileSync(input.beamInputPath, JSON.stringify(beam));
    writeFileSync(input.geometryPath, JSON.stringify(geometry));
    writeFileSync(path('engine-input.json'), JSON.stringify(input));
    return run(options.args ?? ['--input', path('engine-input.json'), '--output', path('dose.mha')]);
  }

  function run(args: readonly string[]): Run {
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(child);
    const text = { stdout: '', stderr: '' };
    child.stdout.on('data', (bytes: Buffer) => (text.stdout += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (text.stderr += bytes.toString()));
    const ended = new Promise<Awaited<Run['ended']>>((resolve) =>
      child.once('close', (code, signal) => {
        resolve({ code, signal });
      }),
    );
    return { child, ended, text };
  }

  function readDose(): { grid: Grid; dose: Float32Array } {
    const bytes = readFileSync(join(folder.path, 'dose.mha'));
    const { grid, headerBytes, elementType } = parseMetaImageHeader(bytes);
    expect(elementType).to.equal('MET_FLOAT');
    return {
      grid,
      dose: Float32Array.from(decodeElements(bytes.subarray(headerBytes), elementType, voxelCount(grid))),
    };
  }

  const remarks = (): unknown => JSON.parse(readFileSync(join(folder.path, 'remarks.json'), 'utf8'));

  it('writes the dose of a beam in a water phantom on exactly the wanted grid', async () => {
    const { ended, text } = start(aBeamInput(), water);
    expect(await ended).to.deep.equal({ code: 0, signal: null });
    expect(text.stderr).to.equal('');
    const { grid, dose } = readDose();
    expect(grid).to.deep.equal(water.doseGrid);
    expect(dose.every((gy) => gy >= 0 && gy < Infinity)).to.equal(true);
    expect((largest(planeSums(dose, grid, 1)) + 0.5) * 2).to.be.closeTo(155.5, 2);
    expect(readdirSync(folder.path).filter((name) => name.endsWith('.part'))).to.deep.equal([]);
  });

  it('prints percents that only rise, from the start to 100', async () => {
    const { ended, text } = start(aBeamInput({ layers: [aLayer(), aLayer({ energyMeV: 120 })] }), water);
    await ended;
    const lines = text.stdout.trim().split('\n');
    expect(lines.every((line) => /^progress \d+$/.test(line))).to.equal(true);
    const percents = lines.map((line) => Number(line.slice(9)));
    expect(percents).to.deep.equal([...new Set(percents)].sort((a, b) => a - b));
    expect(percents.at(-1)).to.equal(100);
  });

  it('calculates through a CT file', async () => {
    const grid = gridBetween([-40, -20, -40], [40, 200, 40], 2);
    const hu = ctOf(grid, ([, y]) => (y < 0 ? -1000 : 0));
    const ctPath = join(folder.path, 'ct.mha');
    writeFileSync(
      ctPath,
      Buffer.concat([Buffer.from(formatMetaImageHeader(grid, 'MET_SHORT')), Buffer.from(hu.buffer)]),
    );
    const geometry = {
      ...water,
      kind: 'ct',
      phantom: null,
      ctPath,
      huToRsp: [
        [-1000, 0.001],
        [0, 1],
        [1000, 1.6],
      ],
    } as const;
    expect((await start(aBeamInput(), geometry).ended).code).to.equal(0);
    const { grid: written, dose } = readDose();
    expect((largest(planeSums(dose, written, 1)) + 0.5) * 2).to.be.closeTo(155.5, 2);
  });

  it('gives the same bytes for the same input', async () => {
    const beam = aBeamInput({ layers: [aLayer(), aLayer({ energyMeV: 120 }), aLayer({ energyMeV: 90 })] });
    await start(beam, water).ended;
    const first = readFileSync(join(folder.path, 'dose.mha'));
    await start(beam, water).ended;
    expect(readFileSync(join(folder.path, 'dose.mha')).equals(first)).to.equal(true);
  });

  it('says in remarks.json what the reader of the dose must know', async () => {
    const shifter = { number: 1, id: 'RS', waterEquivalentThicknessMm: 20, isocentreDistanceMm: 200 };
    await start(aBeamInput({ rangeShifters: [shifter] }), { ...water, setToBeam: true }, { model: { name: 'generic' } })
      .ended;
    expect(remarks()).to.deep.equal([
      'water phantom set to beam, gantry 0: gantry and couch are taken as 0, position as HFS',
      'generic model: the beam model is not that of the plan machine',
      'range shifter as water: calculated as a slab of water',
      'analytic pencil beam: dose to water, physical dose per fraction',
    ]);
  });

  it('refuses an energy outside the beam model with one line and exit code 2', async () => {
    const { ended, text } = start(aBeamInput({ layers: [aLayer({ energyMeV: 55 })] }), water);
    expect((await ended).code).to.equal(2);
    expect(text.stderr).to.equal(
      'error engine.unsupported energy 55 MeV is outside the table of beam model test (60-250 MeV)\n',
    );
    expect(existsSync(join(folder.path, 'dose.mha'))).to.equal(false);
  });

  it('refuses what it does not model: carbon, and a range shifter at an unknown place', async () => {
    const carbon = start({ ...aBeamInput(), radiationType: 'ION' as 'PROTON' }, water);
    expect((await carbon.ended).code).to.equal(2);
    expect(carbon.text.stderr).to.match(/^error engine\.unsupported .*ION/);
    const shifter = { number: 3, id: 'RS', waterEquivalentThicknessMm: 20, isocentreDistanceMm: null };
    const nowhere = start(aBeamInput({ rangeShifters: [shifter] }), water);
    expect((await nowhere.ended).code).to.equal(2);
    expect(nowhere.text.stderr).to.match(/^error engine\.unsupported range shifter 3 /);
  });

  it('fails with exit code 1 and one line for a missing CT, bad numbers, and wrong usage', async () => {
    const noCt = start(aBeamInput(), {
      ...water,
      phantom: null,
      ctPath: join(folder.path, 'none.mha'),
      huToRsp: [[0, 1]],
    });
    expect((await noCt.ended).code).to.equal(1);
    expect(noCt.text.stderr).to.equal('error engine.bad-input the CT cannot be read as int16 MetaImage\n');
    const uneven = start(aBeamInput({ layers: [aLayer({ xMm: [0, 1] })] }), water);
    expect((await uneven.ended).code).to.equal(1);
    const usage = run(['--inputt', 'x']);
    expect((await usage.ended).code).to.equal(1);
    expect(usage.text.stderr).to.match(/^error engine\.usage usage: /);
  });

  it('can be killed at any time and leaves no dose, and the same run then succeeds', async () => {
    const spots = Array.from({ length: 400 }, (_, i) => [(i % 20) * 2 - 20, Math.floor(i / 20) * 2 - 20] as const);
    const layers = Array.from({ length: 30 }, (_, i) =>
      aLayer({
        energyMeV: 90 + 2 * i,
        xMm: spots.map(([x]) => x),
        yMm: spots.map(([, y]) => y),
        protons: spots.map(() => 1e6),
      }),
    );
    const first = start(aBeamInput({ layers }), water);
    await until('the calculation is under way', () => /progress 1\d/.test(first.text.stdout));
    first.child.kill('SIGKILL');
    expect((await first.ended).signal).to.equal('SIGKILL');
    expect(existsSync(join(folder.path, 'dose.mha'))).to.equal(false);
    expect((await start(aBeamInput({ layers }), water).ended).code).to.equal(0);
    expect(existsSync(join(folder.path, 'dose.mha'))).to.equal(true);
  });

  it('goes on when the reader of its output is gone', async () => {
    const { child, ended } = start(aBeamInput({ layers: [aLayer(), aLayer({ energyMeV: 120 })] }), water);
    child.stdout?.destroy();
    child.stderr?.destroy();
    await ended;
    expect(existsSync(join(folder.path, 'dose.mha'))).to.equal(true);
  });
});
