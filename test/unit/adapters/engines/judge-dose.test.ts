import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { judgeDose } from '../../../../src/adapters/engines/judge-dose.js';
import type { Grid } from '../../../../src/domain/grid.js';
import { formatMetaImageHeader } from '../../../../src/dose/meta-image.js';
import { rejection } from '../../../rejection.js';
import { longestBlockMs } from '../../../loop-blocks.js';
import { tempFolder } from '../../../temp-folder.js';

const GRID: Grid = { originMm: [-100.5, -80, 3.25], spacingMm: [2, 2, 2.5], size: [7, 5, 3] };
const COUNT = 7 * 5 * 3;

describe("the judgement of an engine's dose file", () => {
  const folder = tempFolder();
  const dose = (change: (values: number[]) => void = () => undefined): number[] => {
    const values = Array.from({ length: COUNT }, (_, i) => i / COUNT);
    change(values);
    return values;
  };
  const bytesOf = (values: readonly number[], double = false): Buffer =>
    Buffer.from((double ? Float64Array.from(values) : Float32Array.from(values)).buffer);
  const write = (bytes: Buffer, grid = GRID, type: 'MET_FLOAT' | 'MET_DOUBLE' | 'MET_SHORT' = 'MET_FLOAT'): string => {
    const path = join(folder.path, 'dose.mha');
    writeFileSync(path, Buffer.concat([Buffer.from(formatMetaImageHeader(grid, type)), bytes]));
    return path;
  };
  const refused = async (path: string): Promise<string> => {
    const error = await rejection(judgeDose(path, GRID));
    expect(error).to.include({ code: 'engine.bad-dose', severity: 'permanent' });
    return (error as Error).message;
  };

  it('gives the largest dose of a good file, float or double', async () => {
    expect((await judgeDose(write(bytesOf(dose())), GRID)).maxGy).to.be.closeTo(104 / 105, 1e-7);
    const double = write(bytesOf(dose(), true), GRID, 'MET_DOUBLE');
    expect((await judgeDose(double, GRID)).maxGy).to.equal(104 / 105);
  });

  it('accepts a header with its values in a raw file beside it', async () => {
    const path = join(folder.path, 'dose.mhd');
    writeFileSync(path, formatMetaImageHeader(GRID, 'MET_FLOAT', 'dose.raw'));
    writeFileSync(join(folder.path, 'dose.raw'), bytesOf(dose()));
    expect((await judgeDose(path, GRID)).maxGy).to.be.greaterThan(0.9);
  });

  it('refuses a raw file anywhere else, also through a link', async () => {
    const outside = join(folder.path, 'outside.raw');
    const path = join(folder.path, 'attempt', 'dose.mhd');
    mkdirSync(dirname(path));
    writeFileSync(outside, bytesOf(dose()));
    for (const name of ['../outside.raw', outside, '..']) {
      writeFileSync(path, formatMetaImageHeader(GRID, 'MET_FLOAT', name));
      expect(await refused(path)).to.contain('outside its folder');
    }
    symlinkSync(outside, join(folder.path, 'attempt', 'dose.raw'));
    writeFileSync(path, formatMetaImageHeader(GRID, 'MET_FLOAT', 'dose.raw'));
    expect(await refused(path)).to.contain('link');
  });

  it('refuses what is no file, and waits for nothing that would never come', async () => {
    const path = join(folder.path, 'dose.mha');
    execFileSync('mkfifo', [path]);
    expect(await refused(path)).to.contain('no file');
    rmSync(path);
    mkdirSync(path);
    expect(await refused(path)).to.contain('no file');
    const whole = join(folder.path, 'attempt.mha');
    rmSync(path, { recursive: true });
    renameSync(write(bytesOf(dose())), whole);
    symlinkSync(whole, path);
    expect(await refused(path)).to.contain('link');
  });

  it('refuses a file that is missing, empty, one byte short or one byte long', async () => {
    expect(await refused(join(folder.path, 'none.mha'))).to.contain('missing');
    const path = join(folder.path, 'empty.mha');
    writeFileSync(path, '');
    await refused(path);
    expect(await refused(write(bytesOf(dose()).subarray(1)))).to.match(/419|bytes where/);
    expect(await refused(write(Buffer.concat([bytesOf(dose()), Buffer.alloc(1)])))).to.contain('bytes where');
  });

  it('refuses not-a-number, infinity, negative dose and no dose, wherever in the file it is', async () => {
    for (const at of [0, 50, COUNT - 1]) {
      expect(await refused(write(bytesOf(dose((v) => (v[at] = NaN)))))).to.contain('not finite');
      expect(await refused(write(bytesOf(dose((v) => (v[at] = Infinity)))))).to.contain('not finite');
      expect(await refused(write(bytesOf(dose((v) => (v[at] = -1e-9)))))).to.contain('negative');
    }
    expect(await refused(write(bytesOf(dose((v) => v.fill(0)))))).to.contain('zero everywhere');
  });

  it('refuses another grid, but not one that differs by what printing in six digits loses', async () => {
    const values = bytesOf(dose());
    const moved = (change: Partial<Grid>): string => write(values, { ...GRID, ...change });
    await judgeDose(moved({ originMm: [-100.5004, -80, 3.25] }), GRID);
    for (const change of [
      { originMm: [-100.498, -80, 3.25] as const },
      { spacingMm: [2, 2.002, 2.5] as const },
      { spacingMm: [2.0005, 2, 2.5] as const },
      { size: [5, 7, 3] as const },
    ]) {
      await refused(moved(change));
    }
  });

  it('refuses values along other axes or in other units than they seem, under every name the format has for that', async () => {
    const withEntry = (entry: string): string => {
      const path = join(folder.path, 'dose.mha');
      const header = formatMetaImageHeader(GRID, 'MET_FLOAT')
        .replace(/^TransformMatrix.*\n/m, '')
        .replace(/^NDims/m, `${entry}\nNDims`);
      writeFileSync(path, Buffer.concat([Buffer.from(header), bytesOf(dose())]));
      return path;
    };
    for (const key of ['TransformMatrix', 'Rotation', 'Orientation']) {
      for (const matrix of ['-1 0 0 0 1 0 0 0 1', '0 1 0 1 0 0 0 0 1', '1 0 0', '1 0 0 0 1 0 0 0 x']) {
        expect(await refused(withEntry(`${key} = ${matrix}`)), matrix).to.contain(key);
      }
      await judgeDose(withEntry(`${key} = 1 -1e-17 0 0 1.0000000000000002 0 0 0 1`), GRID);
    }
    expect(await refused(withEntry('ElementToIntensityFunctionSlope = 0.01'))).to.contain('Slope');
    expect(await refused(withEntry('ElementToIntensityFunctionOffset = 1'))).to.contain('Offset');
    await judgeDose(withEntry('ElementToIntensityFunctionSlope = 1.0'), GRID);
  });

  it('refuses whole numbers', async () => {
    expect(await refused(write(Buffer.alloc(COUNT * 2), GRID, 'MET_SHORT'))).to.contain('whole numbers');
  });

  it('finds a bad value at the end of a file of several parts, and never holds up other work for 100 ms', async () => {
    const grid: Grid = { originMm: [0, 0, 0], spacingMm: [1, 1, 1], size: [200, 200, 100] };
    const values = new Float64Array(4_000_000).fill(1);
    const bytes = Buffer.from(values.buffer);
    const path = write(bytes, grid, 'MET_DOUBLE');
    const longestMs = await longestBlockMs(99, async () => {
      expect((await judgeDose(path, grid)).maxGy).to.equal(1);
    });
    expect(longestMs).to.be.below(100);
    values[values.length - 1] = -1;
    expect(await rejection(judgeDose(write(bytes, grid, 'MET_DOUBLE'), grid))).to.have.property(
      'code',
      'engine.bad-dose',
    );
  });
});
