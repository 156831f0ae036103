import { expect } from 'chai';
import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AMoquiJob, aMoquiBeam, aWaterCt } from '../../../../builders/a-moqui.js';
import { tempFolder } from '../../../../temp-folder.js';

describe('the CT that moqui reads', () => {
  const place = tempFolder();

  it('is written ahead of the first beam, whose job then reads those very files', async () => {
    const job = new AMoquiJob(place.path, aMoquiBeam({ isocentreMm: [0, 20, 0] }), aWaterCt(place.path));
    const files = await job.engine().ahead(job.request);
    const writtenMs = files.map((path) => statSync(path).mtimeMs);
    expect(files.length).to.be.greaterThan(1);
    expect(await job.engine().ahead(job.request)).to.deep.equal(files);
    await job.engine().prepare(job.request);
    expect(files.map((path) => statSync(path).mtimeMs)).to.deep.equal(writtenMs);
    for (const path of files) {
      expect(statSync(join(job.request.folder, 'dicom', basename(path))).ino).to.equal(statSync(path).ino);
    }
  });

  it('is none where moqui makes the phantom up itself', async () => {
    const job = new AMoquiJob(place.path);
    expect(await job.logEngine().ahead(job.request)).to.deep.equal([]);
    expect(await job.engine().ahead(job.request)).to.have.length.greaterThan(1);
  });
});
