// What scripts/fake-moqui.mjs reads of DICOM, and the dose it makes up.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import dicomParser from 'dicom-parser';
import { beamAxes } from '../dist/src/dose/coordinates.js';
import { braggCurve } from '../dist/src/dose/depth-dose.js';

/** As far as the pixels, which may have been cut short: the library reads on then, and warns. */
const files = (folder, modality) =>
  readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name)))
    .filter((bytes) => bytes.length > 0)
    .map((bytes) => dicomParser.parseDicom(bytes, { untilTag: 'x7fe00010' }))
    .filter((set) => set.string('x00080060') === modality);

/** The first of several plans. */
export function readPlan(folder) {
  const [set] = files(folder, 'RTPLAN');
  if (set === undefined) return null;
  const fractions = set.elements.x300a0070.items[0].dataSet.intString('x300a0078');
  return { fractions, beams: set.elements.x300a03a2.items.map(({ dataSet }) => beamOf(dataSet)) };
}

/** What the beam before left, where an angle is missing. */
const BEFORE_DEG = 270;

function beamOf(set) {
  const points = set.elements.x300a03a8.items.map(({ dataSet }) => dataSet);
  const decimal = (tag, byDefault) => points[0].floatString(tag) ?? byDefault;
  return {
    number: set.intString('x300a00c0'),
    name: set.string('x300a00c2'),
    shifters: set.intString('x300a0312') ?? 0,
    gantryDeg: decimal('x300a011e', BEFORE_DEG),
    couchDeg: decimal('x300a0122', BEFORE_DEG),
    snoutMm: points[0].float('x300a030d') ?? NaN,
    shifterIds: set.elements.x300a0314?.items.map(({ dataSet }) => dataSet.string('x300a0318').trim()) ?? [],
    isocentre: points[0].string('x300a012c').split('\\').map(Number),
    points: points.map((point) => ({ energyMeV: point.floatString('x300a0114'), spots: spotsOf(point) })),
  };
}

function spotsOf(point) {
  const count = point.intString('x300a0392');
  return Array.from({ length: count }, (_, i) => ({
    x: point.float('x300a0394', 2 * i),
    y: point.float('x300a0394', 2 * i + 1),
    weight: point.float('x300a0396', i),
  }));
}

/** Spacing in swapped order, slice thickness for spacing, int16 only; null where there is no CT. */
export function readCt(folder) {
  const slices = files(folder, 'CT').map((set) => ({ set, z: Number(set.string('x00200032').split('\\')[2]) }));
  if (slices.length === 0) return null;
  slices.sort((a, b) => a.z - b.z);
  const { set: first, z } = slices[0];
  const [rows, columns] = [first.uint16('x00280010'), first.uint16('x00280011')];
  const [dx, dy] = first.string('x00280030').split('\\').map(Number);
  const [x0, y0] = first.string('x00200032').split('\\').map(Number);
  const hu = new Int16Array(columns * rows * slices.length);
  let cut = false;
  for (const [k, { set }] of slices.entries()) {
    if (set.uint16('x00280103') !== 1 || set.uint16('x00280100') !== 16) process.exit(134);
    const { dataOffset, length } = set.elements.x7fe00010;
    const bytes = new Uint8Array(length);
    bytes.set(set.byteArray.subarray(dataOffset, dataOffset + length));
    cut ||= set.byteArray.length < dataOffset + length;
    hu.set(new Int16Array(bytes.buffer), k * columns * rows);
  }
  const spacing = [dx, dy, first.floatString('x00180050')];
  return { size: [columns, rows, slices.length], spacing, origin: [x0, y0, z], hu, cut, tooManyRows: rows > columns };
}

/** IEC 61217: the source lies at +z. */
export const GANTRY_AXES = { x: [1, 0, 0], y: [0, 1, 0], z: [0, 0, 1] };

const GY_PER_MEV_MM3 = 1.602176634e-7;
const SIGMA_MM = 5;
const AIR_HU = -900;

/** Gy, x fastest: a Gaussian around the layer's centre of weight, as wide as its spots lie, times the Bragg curve. */
export function fakeDose(target, beam, layers) {
  const { size, spacing, origin, hu } = target;
  const [nx, ny, nz] = size;
  const axes = beam.axes ?? beamAxes(beam.gantryDeg, beam.couchDeg, 'HFS');
  const beams = layers.map(moments).map((layer) => ({ ...layer, curve: braggCurve(layer.energyMeV, 0.6, 0.5) }));
  const reach = Math.max(...beams.map(({ x, y, sx, sy }) => Math.max(Math.abs(x) + 4 * sx, Math.abs(y) + 4 * sy)));
  const dose = new Float64Array(nx * ny * nz);
  const step = Math.min(...spacing);
  for (let k = 0, at = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      for (let i = 0; i < nx; i++, at++) {
        if (hu[at] < AIR_HU) continue;
        const d = [i, j, k].map((n, a) => origin[a] + n * spacing[a] - beam.isocentre[a]);
        const [x, y] = [axes.x, axes.y].map((axis) => axis[0] * d[0] + axis[1] * d[1] + axis[2] * d[2]);
        if (Math.abs(x) > reach || Math.abs(y) > reach) continue;
        const depth = depthOf(target, [i, j, k], axes.z, step);
        for (const { curve, protons, waterMm, ...g } of beams) {
          const mev = curve.meVPerMm[Math.round((waterMm + depth) / curve.stepMm)] ?? 0;
          const across =
            Math.exp(-(((x - g.x) / g.sx) ** 2 + ((y - g.y) / g.sy) ** 2) / 2) / (2 * Math.PI * g.sx * g.sy);
          dose[at] += protons * mev * across * GY_PER_MEV_MM3;
        }
      }
    }
  }
  return dose;
}

function moments({ energyMeV, spots, waterMm = 0 }) {
  const protons = spots.reduce((sum, spot) => sum + spot.protons, 0);
  const mean = (value) => spots.reduce((sum, spot) => sum + spot.protons * value(spot), 0) / protons;
  const [x, y] = [mean((spot) => spot.x), mean((spot) => spot.y)];
  const [sx, sy] = [mean((spot) => (spot.x - x) ** 2), mean((spot) => (spot.y - y) ** 2)];
  return { energyMeV, waterMm, protons, x, y, sx: Math.sqrt(SIGMA_MM ** 2 + sx), sy: Math.sqrt(SIGMA_MM ** 2 + sy) };
}

/** Water above the voxel's centre, along the straight way to the source. */
function depthOf({ size, spacing, hu }, from, towards, step) {
  let depth = 0;
  for (let n = 0; ; n++) {
    const [i, j, k] = from.map((index, a) => Math.round(index + (towards[a] * step * n) / spacing[a]));
    if (i < 0 || j < 0 || k < 0 || i >= size[0] || j >= size[1] || k >= size[2]) return depth;
    const density = Math.max(0, 1 + hu[(k * size[1] + j) * size[0] + i] / 1000);
    depth += density * step * (n === 0 ? 0.5 : 1);
  }
}
