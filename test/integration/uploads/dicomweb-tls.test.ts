import { expect } from 'chai';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DicomWebTarget } from '../../../src/adapters/uploads/dicomweb-target.js';
import { aCase } from '../../builders/a-case.js';
import { aDicomDose, freshUid } from '../../builders/a-dicom-dose.js';
import { certificate } from '../../certificates.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { StoringWeb } from '../../faults/delivery/storing-web.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';

const never = new AbortController().signal;

describe('DICOMweb target: TLS', () => {
  const temp = tempFolder();

  it('delivers to a server whose certificate is vouched for, with a certificate of our own, and to no other', async () => {
    const [theirs, ours, other] = ['theirs', 'ours', 'other'].map((name) => certificate(temp.path, name));
    const server = new StoringWeb({
      cert: readFileSync(theirs!.cert),
      key: readFileSync(theirs!.key),
      ca: readFileSync(ours!.cert),
      requestCert: true,
      rejectUnauthorized: true,
    });
    await server.start();
    try {
      const files = { ca: theirs!.cert, ...ours!, serverName: null };
      const target = (change: Partial<Record<'ca' | 'cert' | 'key', string | null>>): DicomWebTarget => {
        const url = `https://127.0.0.1:${String(server.port)}/dicom-web`;
        const login = { user: null, secretFile: null, secretEnv: null, tls: { ...files, ...change } };
        const options = { name: 't', url, ...login, timeoutSeconds: 10 };
        return new DicomWebTarget({ ...options, verify: 'wado', warnings: 'delivered' }, new FakeClock());
      };
      const dose = aDicomDose(join(temp.path, 'a.dcm'), { sopInstanceUid: freshUid(), frames: 100 });
      const failure = async (change: Parameters<typeof target>[0]): Promise<unknown> =>
        rejection(target(change).deliver(aCase(), dose, never));
      expect(await failure({ ca: other!.cert })).to.include({ severity: 'operator', code: 'upload.tls' });
      expect(await failure({ ca: null })).to.include({ severity: 'operator', code: 'upload.tls' });
      expect(await failure({ ca: join(temp.path, 'none') })).to.include({ severity: 'operator', code: 'upload.tls' });
      const unusable = { severity: 'operator', code: 'upload.tls' };
      writeFileSync(join(temp.path, 'damaged'), '-----BEGIN CERTIFICATE-----\nnone\n');
      expect(await failure({ cert: join(temp.path, 'damaged') })).to.include(unusable);
      expect(await failure({ key: other!.key })).to.include(unusable);
      expect(await failure({ cert: null, key: null }))
        .to.have.property('code')
        .that.matches(/^upload\.(tls|unavailable)$/);
      expect(await failure({ cert: other!.cert, key: other!.key }))
        .to.have.property('code')
        .that.matches(/^upload\.(tls|unavailable)$/);
      expect(server.kept.size).to.equal(0);
      expect(await target({}).deliver(aCase(), dose, never)).to.include({
        status: 'delivered',
        verifiedBy: 'sha256 of the data set fetched by WADO-RS',
      });
      expect(await target({ ca: other!.cert }).check()).to.have.length(1);
      expect(await target({}).check()).to.deep.equal([]);
    } finally {
      await server.end();
    }
  });
});
