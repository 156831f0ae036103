import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Geometry } from '../../../src/domain/geometry.js';
import { aMoquiBeam, AMoquiJob, aWaterCt, runMoqui, start, untilEnded } from '../../builders/a-moqui.js';
import { tempFolder } from '../../temp-folder.js';

describe('moqui, whose air weighs ten times what air does', () => {
  const place = tempFolder();
  const NX = 30;
  const FIRST_WATER = 5;

  /** Water of 30 x 10 x 10 voxels of 4 mm, of which the first columns are air: behind the beam, which comes from +x. */
  function waterBesideAir(): Geometry {
    const geometry = aWaterCt(place.path);
    const path = geometry.ctPath ?? '';
    const bytes = readFileSync(path);
    const voxels = NX * 10 * 10;
    for (let at = 0; at < voxels; at++) {
      if (at % NX < FIRST_WATER) bytes.writeInt16LE(-1000, bytes.length - 2 * (voxels - at));
    }
    writeFileSync(path, bytes);
    return geometry;
  }
  const beam = aMoquiBeam({ gantryAngleDeg: 90, isocentreMm: [0, 20, 0] });

  it('a proton that stopped in a voxel of it is not the largest dose of the beam, and the reader of the dose is told', async () => {
    const job = new AMoquiJob(place.path, beam, waterBesideAir());
    const engine = job.engine();
    const { result } = await runMoqui(engine, job);
    expect(result.remarks.join()).to.not.contain('in air');
    const out = join(job.request.folder, 'out', 'BEAM_0_Dose.raw');
    const dose = readFileSync(out);
    dose.writeDoubleLE(20 * result.maxGy, 8 * ((5 * 10 + 5) * NX + 2));
    writeFileSync(out, dose);
    const again = await engine.judge(job.request, { how: 'exited', code: 0 });
    expect(again.maxGy).to.be.closeTo(result.maxGy, 1e-6);
    const [inAir, water] = [20 * result.maxGy, result.maxGy].map((gy) => gy.toPrecision(3));
    expect(again.remarks).to.include(
      `largest dose of the beam lies in air: ${String(inAir)} Gy, ${String(water)} Gy elsewhere`,
    );
    expect(again.remarks.at(-1)).to.match(/^program/);
  });

  it('the same dose in water is the largest dose', async () => {
    const job = new AMoquiJob(place.path, beam, waterBesideAir());
    const engine = job.engine();
    const exit = await untilEnded(await start(await engine.prepare(job.request)));
    const out = join(job.request.folder, 'out', 'BEAM_0_Dose.raw');
    const dose = readFileSync(out);
    const first = await engine.judge(job.request, exit);
    // Energy of one voxel of water: far below what the beam brings in.
    dose.writeDoubleLE(2 * first.maxGy, 8 * ((5 * 10 + 5) * NX + FIRST_WATER));
    writeFileSync(out, dose);
    const again = await engine.judge(job.request, exit);
    expect(again.maxGy).to.be.closeTo(2 * first.maxGy, 1e-6);
    expect(again.remarks.join()).to.not.contain('in air');
  });
});
