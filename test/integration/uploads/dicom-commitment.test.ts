import { join } from 'node:path';
import { expect } from 'chai';
import { DicomTarget } from '../../../src/adapters/uploads/dicom-target.js';
import { aCase } from '../../builders/a-case.js';
import { aDicomDose } from '../../builders/a-dicom-dose.js';
import { dicomOptions } from '../../dicom-peers.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { StoringScp } from '../../faults/delivery/storing-scp.js';
import { freePort } from '../../free-port.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';

describe('DICOM target: storage commitment', () => {
  const temp = tempFolder();
  const scp = new StoringScp();
  before(() => scp.start());
  after(() => scp.end());

  it('sends an object again that the peer lists and does not commit itself to', async () => {
    const dose = aDicomDose(join(temp.path, 'dose.dcm'));
    const timeouts = { connectSeconds: 5, associationSeconds: 5, responseSeconds: 5, commitmentSeconds: 0.2 };
    const options = dicomOptions(scp.port, { verify: 'commitment', listenPort: await freePort(), timeouts });
    const target = new DicomTarget(options, new FakeClock());
    const deliver = (): Promise<unknown> => rejection(target.deliver(aCase(), dose, new AbortController().signal));
    // It never reports, so that no delivery is proven; only what is sent is looked at.
    expect(await deliver()).to.include({ code: 'upload.verify-timeout' });
    expect(scp.kept.get(dose.sopInstanceUid)).to.have.length(1);
    expect(await deliver(), 'it is there, and only asked to be kept').to.include({ code: 'upload.verify-timeout' });
    expect(scp.kept.get(dose.sopInstanceUid)).to.have.length(1);
    scp.refusals.push(0x0110);
    expect(await deliver()).to.include({ code: 'upload.verify-timeout' });
    expect(scp.kept.get(dose.sopInstanceUid)).to.have.length(2);
    await target.finish();
  });
});
