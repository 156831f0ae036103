import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { DicomCaseReader } from '../../../src/adapters/dicom/reading/dicom-case-reader.js';
import type { CaseError } from '../../../src/domain/errors.js';
import type { Grid } from '../../../src/domain/grid.js';
import { decodeElements, parseMetaImageHeader } from '../../../src/dose/meta-image.js';
import { dicomFile, element } from '../../builders/dicom-bytes.js';
import type { RawShape } from '../../builders/dicom-bytes.js';
import { pixelsOf, rawCtSlice } from '../../builders/raw-ct-slice.js';
import type { RawSlice } from '../../builders/raw-ct-slice.js';
import { tempFolder } from '../../temp-folder.js';

describe('CT image made of slices', () => {
  const temp = tempFolder();
  const reader = new DicomCaseReader({ maxFiles: 1000, maxBytes: 2 ** 30 });
  const never = new AbortController().signal;
  after(() => reader.close());

  async function stack(
    slices: readonly RawSlice[],
    shape: RawShape = {},
  ): Promise<{ grid: Grid; at: (x: number, y: number, z: number) => number }> {
    slices.forEach((slice, i) => {
      writeFileSync(join(temp.path, `ct${String(i)}`), dicomFile(rawCtSlice(slice), shape));
    });
    const { ctSlices } = await reader.inventory(temp.path, never);
    const target = join(temp.path, 'out', 'ct.mha');
    const grid = await reader.ctImage(temp.path, ctSlices, target, never);
    const bytes = readFileSync(target);
    const header = parseMetaImageHeader(bytes);
    expect(header.grid).to.deep.equal(grid);
    const count = grid.size[0] * grid.size[1] * grid.size[2];
    const values = decodeElements(bytes.subarray(header.headerBytes), 'MET_SHORT', count);
    expect(readdirSync(join(temp.path, 'out'))).to.deep.equal(['ct.mha']);
    return { grid, at: (x, y, z) => values[(z * grid.size[1] + y) * grid.size[0] + x] ?? NaN };
  }

  const ramp = (from: number): number[] => Array.from({ length: 24 }, (_, i) => from + i);

  it('has HU (stored x slope + intercept) with x fastest, and slices in the order of z', async () => {
    const { grid, at } = await stack([
      { z: 3, stored: ramp(1300) },
      { z: -3, stored: ramp(1000) },
      { z: 0, stored: ramp(1100) },
    ]);
    expect(grid).to.deep.equal({ originMm: [-10, -20, -3], spacingMm: [1, 2, 3], size: [6, 4, 3] });
    expect([at(0, 0, 0), at(5, 0, 0), at(0, 1, 0), at(0, 0, 1), at(5, 3, 2)]).to.deep.equal([0, 5, 6, 100, 323]);
  });

  for (const encoding of ['implicit-little', 'explicit-big', 'deflated'] as const) {
    it(`is the same from ${encoding} slices`, async () => {
      const values = Array.from({ length: 24 }, (_, i) => 900 + 7 * i);
      const swapped = encoding === 'explicit-big' ? pixelsOf(values).swap16() : pixelsOf(values);
      const changes = { '7fe0,0010': element('7fe0,0010', 'OW', swapped) };
      const { at } = await stack(
        [
          { z: 0, changes },
          { z: 1, changes },
        ],
        { encoding },
      );
      expect([at(0, 0, 0), at(3, 2, 1)]).to.deep.equal([-100, 5]);
    });
  }

  it('reads signed values, 12 stored bits with others above them, and slope and intercept', async () => {
    const signed = {
      '0028,0103': element('0028,0103', 'US', [1]),
      '0028,1052': element('0028,1052', 'DS', '0'),
    };
    const twelve = {
      ...signed,
      '0028,0101': element('0028,0101', 'US', [12]),
      '0028,0102': element('0028,0102', 'US', [11]),
      '0028,1053': element('0028,1053', 'DS', '0.5'),
    };
    const first = await stack([
      { z: 0, stored: [-1000, 3000], changes: signed },
      { z: 1, changes: signed },
    ]);
    expect([first.at(0, 0, 0), first.at(1, 0, 0)]).to.deep.equal([-1000, 3000]);
    rmSync(join(temp.path, 'out'), { recursive: true });
    const second = await stack([
      { z: 0, stored: [0xf000 | 0xc18, 0x7d0], changes: twelve },
      { z: 1, changes: twelve },
    ]);
    expect([second.at(0, 0, 0), second.at(1, 0, 0)]).to.deep.equal([-500, 1000]);
  });

  it('is turned to patient axes when stored mirrored, or as sagittal slices', async () => {
    const mirrored = { '0020,0037': element('0020,0037', 'DS', '-1\\0\\0\\0\\-1\\0') };
    const flipped = await stack([
      { z: 0, stored: ramp(1000), changes: mirrored },
      { z: 1, stored: ramp(1100), changes: mirrored },
    ]);
    expect(flipped.grid.originMm).to.deep.equal([-15, -26, 0]);
    expect([flipped.at(5, 3, 0), flipped.at(0, 0, 1)]).to.deep.equal([0, 123]);
    rmSync(join(temp.path, 'out'), { recursive: true });
    const sagittal = (x: number) => ({
      '0020,0032': element('0020,0032', 'DS', `${String(x)}\\-20\\50`),
      '0020,0037': element('0020,0037', 'DS', '0\\1\\0\\0\\0\\-1'),
    });
    const turned = await stack([
      { z: 0, stored: ramp(1000), changes: sagittal(0) },
      { z: 1, stored: ramp(1100), changes: sagittal(4) },
    ]);
    expect(turned.grid).to.deep.equal({ originMm: [0, -20, 44], spacingMm: [4, 1, 2], size: [2, 6, 4] });
    expect([turned.at(0, 0, 3), turned.at(1, 5, 3), turned.at(0, 1, 0)]).to.deep.equal([0, 105, 19]);
  });

  const refusals: readonly (readonly [string, string, RawSlice['changes'], RawShape])[] = [
    ['compressed pixels', 'ct.compressed', {}, { transferSyntaxUid: '1.2.840.10008.1.2.4.70' }],
    ['no rescale slope', 'ct.not-readable', { '0028,1053': undefined }, {}],
    ['colour', 'ct.not-readable', { '0028,0002': element('0028,0002', 'US', [3]) }, {}],
    ['tilted slices', 'ct.oblique', { '0020,0037': element('0020,0037', 'DS', '1\\0\\0\\0\\0.9848\\0.1736') }, {}],
    ['32 bits per pixel', 'ct.not-readable', { '0028,0100': element('0028,0100', 'US', [32]) }, {}],
  ];
  for (const [what, code, changes, shape] of refusals) {
    it(`is refused with ${what}`, async () => {
      const slices = [
        { z: 0, changes: changes ?? {} },
        { z: 1, changes: changes ?? {} },
      ];
      expect(await stack(slices, shape).catch((thrown: unknown) => (thrown as CaseError).code)).to.equal(code);
    });
  }

  it('is refused when a slice went away after it was found', async () => {
    for (const z of [0, 1]) writeFileSync(join(temp.path, String(z)), dicomFile(rawCtSlice({ z })));
    const { ctSlices } = await reader.inventory(temp.path, never);
    rmSync(join(temp.path, '1'));
    const error = await reader.ctImage(temp.path, ctSlices, join(temp.path, 'ct.mha'), never).catch((e: unknown) => e);
    expect(error).to.have.property('code', 'intake.changed');
  });
});
