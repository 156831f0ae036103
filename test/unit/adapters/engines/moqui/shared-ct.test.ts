import { expect } from 'chai';
import { getEventListeners } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { EngineDicomWriter } from '../../../../../src/adapters/dicom/writing/engine/engine-dicom-writer.js';
import { doMoquiTask } from '../../../../../src/adapters/engines/moqui/moqui-task.js';
import type { EngineDicom } from '../../../../../src/ports/engine-dicom.js';
import { AMoquiJob, aMoquiBeam, aWaterCt } from '../../../../builders/a-moqui.js';
import { rejection } from '../../../../rejection.js';
import { tempFolder } from '../../../../temp-folder.js';

const never = new AbortController().signal;

describe('the CT that moqui reads', () => {
  const place = tempFolder();

  it('is written ahead of the first beam, whose job then reads those very files', async () => {
    const job = new AMoquiJob(place.path, aMoquiBeam({ isocentreMm: [0, 20, 0] }), aWaterCt(place.path));
    const files = await job.engine().ahead(job.request, never);
    const writtenMs = files.map((path) => statSync(path).mtimeMs);
    expect(files.length).to.be.greaterThan(1);
    expect(await job.engine().ahead(job.request, never)).to.deep.equal(files);
    expect(getEventListeners(never, 'abort')).to.have.length(0);
    await job.engine().prepare(job.request);
    expect(files.map((path) => statSync(path).mtimeMs)).to.deep.equal(writtenMs);
    for (const path of files) {
      expect(statSync(join(job.request.folder, 'dicom', basename(path))).ino).to.equal(statSync(path).ino);
    }
  });

  it('is written once, also where a beam is prepared while it is written ahead', async () => {
    const job = new AMoquiJob(place.path, aMoquiBeam({ isocentreMm: [0, 20, 0] }), aWaterCt(place.path));
    const dicom = new EngineDicomWriter();
    const written: string[] = [];
    const counting: EngineDicom = {
      writePlan: (...given) => dicom.writePlan(...given),
      writeCt: (folder, ct) => {
        written.push(folder);
        return dicom.writeCt(folder, ct);
      },
    };
    const engine = job.engine({}, (task) => doMoquiTask(counting, task));
    const [files] = await Promise.all([
      engine.ahead(job.request, never),
      engine.prepare(job.request),
      engine.ahead(job.request, never),
    ]);
    expect(written).to.have.length(1);
    for (const path of files) expect(statSync(path).nlink).to.equal(2);
  });

  it('is left unwritten where it is not wanted any more, and written for the beam that is prepared', async () => {
    const ct = aWaterCt(place.path);
    const job = new AMoquiJob(place.path, aMoquiBeam({ isocentreMm: [0, 20, 0] }), ct);
    const stop = new AbortController();
    const dicom = new EngineDicomWriter();
    const stopping: EngineDicom = {
      writePlan: (...given) => dicom.writePlan(...given),
      writeCt: (folder, volume) => {
        const slice = (index: number): Promise<Int16Array> => {
          if (index === 3) stop.abort(new Error('the case was cancelled'));
          return volume.slice(index);
        };
        return dicom.writeCt(folder, { ...volume, slice });
      },
    };
    const engine = job.engine({}, (task) => doMoquiTask(stopping, task));
    expect(await rejection(engine.ahead(job.request, stop.signal))).to.be.an('error');
    expect(readdirSync(dirname(ct.ctPath ?? ''))).to.deep.equal(['ct.mha']);
    await engine.prepare(job.request);
    expect(await engine.ahead(job.request, never)).to.have.length(10);
  });

  it('is written by who waits for it where it is left half-way', async () => {
    const job = new AMoquiJob(place.path, aMoquiBeam({ isocentreMm: [0, 20, 0] }), aWaterCt(place.path));
    const dicom = new EngineDicomWriter();
    let writes = 0;
    const failing: EngineDicom = {
      writePlan: (...given) => dicom.writePlan(...given),
      writeCt: async (folder, ct) => {
        const names = await dicom.writeCt(folder, ct);
        if (++writes === 1) throw new Error('the case was cancelled');
        return names;
      },
    };
    const engine = job.engine({}, (task) => doMoquiTask(failing, task));
    const ahead = (): Promise<readonly string[]> => engine.ahead(job.request, never);
    // Which of the two comes first depends on the disk.
    const ends = await Promise.allSettled([ahead(), ahead()]);
    expect(ends.map(({ status }) => status)).to.have.members(['rejected', 'fulfilled']);
    for (const end of ends) if (end.status === 'fulfilled') expect(end.value).to.have.length(10);
    expect(writes).to.equal(2);
  });

  it('is none where moqui makes the phantom up itself', async () => {
    const job = new AMoquiJob(place.path);
    expect(await job.logEngine().ahead(job.request, never)).to.deep.equal([]);
    expect(await job.engine().ahead(job.request, never)).to.have.length.greaterThan(1);
  });
});
