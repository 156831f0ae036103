import { createHash } from 'node:crypto';
import { readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { BeamLayers, DosePicture, Raster } from '../../../src/ports/case-pictures.js';
import { hasPydicom, pydicom } from '../../dicom-tools.js';
import { longestBlockMs } from '../../loop-blocks.js';
import { aFinishedCase, type FinishedCase } from './a-finished-case.js';

/** An RT Dose read by pydicom, without any code of ours: all of it along one beam, which travels along +y. */
const READ_DOSE = `
import array
plan = pydicom.dcmread(sys.argv[2])
beam = [b for b in plan.IonBeamSequence if b.BeamNumber == int(sys.argv[3])][0]
iso = [float(v) for v in beam.IonControlPointSequence[0].IsocenterPosition]
d = pydicom.dcmread(sys.argv[1])
a = array.array('I'); a.frombytes(d.PixelData)
s = float(d.DoseGridScaling)
nx, ny, nz = d.Columns, d.Rows, int(d.NumberOfFrames)
x0, y0, z0 = [float(v) for v in d.ImagePositionPatient]
dy, dx = [float(v) for v in d.PixelSpacing]
dz = float(d.GridFrameOffsetVector[1]) - float(d.GridFrameOffsetVector[0])
at = lambda i, j, k: a[(k * ny + j) * nx + i] * s
most = max(range(len(a)), key=lambda i: a[i])
place = [x0 + (most % nx) * dx, y0 + (most // nx % ny) * dy, z0 + (most // nx // ny) * dz]
def lin(x, y, z):
    fx, fy, fz = (x - x0) / dx, (y - y0) / dy, (z - z0) / dz
    i, j, k = int(fx), int(fy), int(fz)
    u, v, w = fx - i, fy - j, fz - k
    return sum(at(i + p, j + q, k + r) * (u if p else 1 - u) * (v if q else 1 - v) * (w if r else 1 - w)
               for p in (0, 1) for q in (0, 1) for r in (0, 1))
near = [int((iso[n] - o) / sp + 0.5) for n, (o, sp) in enumerate([(x0, dx), (y0, dy), (z0, dz)])]
print(json.dumps({
  'uid': d.SOPInstanceUID, 'iso': iso, 'maximum': a[most] * s, 'place': place, 'isocentre': lin(*iso),
  'axis': [[mm, lin(iso[0], iso[1] + mm, iso[2])] for mm in json.loads(sys.argv[4]) if y0 <= iso[1] + mm < y0 + (ny - 1) * dy],
  'integral': [[y0 + j * dy - iso[1], sum(at(i, j, k) for i in range(nx) for k in range(nz)) * dx * dz / 100] for j in range(ny)],
  'axial': [at(i, j, near[2]) for j in range(ny) for i in range(nx)],
  'sagittal': [at(near[0], j, k) for k in reversed(range(nz)) for j in range(ny)],
  'coronal': [at(i, near[1], k) for k in reversed(range(nz)) for i in range(nx)],
  'positions': {'axial': z0 + near[2] * dz, 'sagittal': x0 + near[0] * dx, 'coronal': y0 + near[1] * dy},
  'throughMaximum': [at(i, j, most // nx // ny) for j in range(ny) for i in range(nx)],
}))`;

interface Read {
  readonly uid: string;
  readonly iso: readonly number[];
  readonly maximum: number;
  readonly place: readonly number[];
  readonly isocentre: number;
  readonly axis: readonly (readonly [number, number])[];
  readonly integral: readonly (readonly [number, number])[];
  readonly axial: readonly number[];
  readonly sagittal: readonly number[];
  readonly coronal: readonly number[];
  readonly throughMaximum: readonly number[];
  readonly positions: Readonly<Record<string, number>>;
}

const counts = ({ values }: Raster): Uint16Array => {
  const bytes = Buffer.from(values, 'base64');
  return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
};

/** A curve between two of its points. */
function between(curve: readonly (readonly [number, number])[], at: number): number {
  const i = curve.findLastIndex(([place]) => place <= at);
  const [[x1, y1], [x2, y2]] = [curve[i]!, curve[i + 1]!];
  return y1 + ((at - x1) / (x2 - x1)) * (y2 - y1);
}

/** The last place where a curve falls through a level, linear between its points. */
function lastFall(curve: readonly (readonly [number, number])[], share: number): number {
  const level = share * Math.max(...curve.map(([, dose]) => dose));
  const i = curve.findLastIndex(([, dose]) => dose >= level);
  const [[x1, above], [x2, below]] = [curve[i]!, curve[i + 1]!];
  return x1 + ((above - level) / (above - below)) * (x2 - x1);
}

(hasPydicom() ? describe : describe.skip)(
  'what is drawn of a real case, against pydicom (wants python3-pydicom)',
  function () {
    this.timeout(60_000);
    let made: FinishedCase;
    let read: Read;
    let picture: DosePicture;
    const dose = async (query: string): Promise<DosePicture> =>
      (await (await made.get(`beams/1/dose${query}`)).json()) as DosePicture;
    const file = (...path: readonly string[]): string => join(made.root, 'work', made.id, '1', ...path);

    before(async () => {
      made = await aFinishedCase();
      picture = await dose('');
      const { startMm, stepMm, axisGy } = picture.depth;
      const places = JSON.stringify(axisGy.map((_, i) => startMm + i * stepMm));
      read = (await pydicom(READ_DOSE, file('dose', 'RD.001.dcm'), file('input', 'plan.dcm'), '1', places)) as Read;
    });
    after(() => made.end());

    it('names the same object, the same largest dose at the same place, and the same dose at the isocentre', () => {
      expect(picture.sopInstanceUid).to.equal(read.uid);
      expect(picture.isocentreMm).to.deep.equal(read.iso);
      expect(picture.maximumGy).to.be.closeTo(read.maximum, 1e-9 * read.maximum);
      picture.maximumAtMm.forEach((mm, axis) => expect(mm).to.be.closeTo(read.place[axis]!, 1e-6));
      expect(picture.isocentreGy).to.be.closeTo(read.isocentre, 1e-9 * read.maximum);
    });

    for (const name of ['axial', 'sagittal', 'coronal'] as const) {
      it(`shows the ${name} plane at its place with the dose of every voxel`, () => {
        const plane = picture.planes.find((one) => one.name === name)!;
        expect(plane.positionMm).to.be.closeTo(read.positions[name]!, 1e-6);
        const wanted = read[name];
        expect(plane.dose.columns * plane.dose.rows).to.equal(wanted.length);
        counts(plane.dose).forEach((count, i) => {
          // Half a count, and what floating point makes of the tie.
          expect(count * picture.gyPerCount).to.be.closeTo(wanted[i]!, 0.5001 * picture.gyPerCount);
        });
      });
    }

    it('shows planes through the largest dose where they are asked for', async () => {
      const through = await dose('?through=maximum');
      const axial = counts(through.planes[0]!.dose);
      expect(axial.reduce((most, one) => Math.max(most, one), 0)).to.equal(65_535);
      axial.forEach((count, i) => {
        expect(count * through.gyPerCount).to.be.closeTo(read.throughMaximum[i]!, 0.5001 * through.gyPerCount);
      });
    });

    it('has the dose along the beam’s axis and across it, at every place', () => {
      const { startMm, stepMm, axisGy, integralGyCm2 } = picture.depth;
      expect(read.axis.length).to.be.within(axisGy.length - 4, axisGy.length);
      for (const [mm, gy] of read.axis) {
        const i = Math.round((mm - startMm) / stepMm);
        expect(axisGy[i]).to.be.closeTo(gy, 1e-6 * read.maximum);
        expect(integralGyCm2[i]).to.be.closeTo(between(read.integral, mm), 1e-5 * integralGyCm2[0]!);
      }
    });

    it('marks the distal 80 % where an independent reading of the curves finds it', () => {
      expect(picture.depth.axisR80Mm).to.be.closeTo(lastFall(read.axis, 0.8), 0.3);
      expect(picture.depth.integralR80Mm).to.be.closeTo(lastFall(read.integral, 0.8), 0.01);
      // The phantom's water begins 80 mm before the isocentre.
      expect(picture.depth.surfaceMm).to.be.closeTo(-80, 2);
      expect(picture.depth.axisR80WaterMm).to.be.closeTo(picture.depth.axisR80Mm! + 80, 2);
    });

    it('shows the CT beneath, in HU: water inside, air outside', () => {
      const { ct } = picture.planes[0]!;
      const bytes = Buffer.from(ct!.values, 'base64');
      const hu = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
      expect(hu[Math.floor(ct!.rows / 2) * ct!.columns + Math.floor(ct!.columns / 2)]).to.be.closeTo(0, 20);
      expect(hu[0]).to.be.lessThan(-900);
    });

    it('has the dose of the whole plan along the same beam', async () => {
      const plan = await dose('?of=plan');
      expect(plan.sopInstanceUid).to.not.equal(picture.sopInstanceUid);
      expect(plan.isocentreGy).to.be.greaterThan(picture.isocentreGy!);
    });

    it('has the layers and spots that the plan has', async () => {
      const layers = (await (await made.get('beams/1/layers')).json()) as BeamLayers;
      const plan = (await pydicom(
        `p = pydicom.dcmread(sys.argv[1])
print(json.dumps([[float(c.NominalBeamEnergy), [float(v) for v in c.ScanSpotPositionMap]] for c in p.IonBeamSequence[0].IonControlPointSequence if sum(c.ScanSpotMetersetWeights if c.NumberOfScanSpotPositions > 1 else [c.ScanSpotMetersetWeights]) > 0]))`,
        file('input', 'plan.dcm'),
      )) as readonly (readonly [number, readonly number[]])[];
      expect(layers.layers).to.have.length(plan.length);
      layers.layers.forEach(({ energyMeV, spots }, i) => {
        expect(energyMeV).to.be.closeTo(plan[i]![0], 0.01);
        expect(spots).to.equal(plan[i]![1].length / 2);
      });
    });

    it('gives the RT Dose to keep, byte by byte, also in parts', async () => {
      const { files } = (await (await made.get('files')).json()) as {
        files: { id: string; name: string; bytes: number }[];
      };
      const plan = files.find(({ name }) => name.endsWith('RD.plan.dcm'))!;
      const whole = Buffer.from(await (await made.get(`files/${plan.id}`)).arrayBuffer());
      const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
      expect(sha256(whole)).to.equal(sha256(readFileSync(file('dose', 'RD.plan.dcm'))));
      const tail = await made.get(`files/${plan.id}`, { range: 'bytes=-1000' });
      expect(tail.status).to.equal(206);
      expect(Buffer.from(await tail.arrayBuffer()).equals(whole.subarray(-1000))).to.equal(true);
    });

    it('is made without holding up the service: no pause of 50 ms, and the second time at once', async () => {
      const longestMs = await longestBlockMs(50, async (turn) => {
        utimesSync(file('input', 'ct.mha'), turn + 1, turn + 1); // made anew: its CT has changed
        for (const query of ['?of=plan&through=maximum', '?of=plan', '?through=maximum', '']) await dose(query);
      });
      expect(longestMs).to.be.lessThan(50);
      const answer = await made.get('beams/1/dose');
      await answer.arrayBuffer(); // what is not read keeps its connection
      const etag = answer.headers.get('etag') ?? '';
      expect((await made.get('beams/1/dose', { 'if-none-match': etag })).status).to.equal(304);
    });
  },
);
