import { expect } from 'chai';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DicomTarget } from '../../../src/adapters/uploads/dicom-target.js';
import { CaseError } from '../../../src/domain/errors.js';
import type { MadeDose } from '../../../src/ports/dose-maker.js';
import { aCase } from '../../builders/a-case.js';
import { aDicomDose, freshUid } from '../../builders/a-dicom-dose.js';
import { certificate } from '../../certificates.js';
import { dicomOptions, hasOrthanc, Orthanc, startStorescp } from '../../dicom-peers.js';
import { hasDcmtk } from '../../dicom-tools.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import type { Daemon } from '../../mounts/daemon.js';
import { freePort } from '../../free-port.js';
import { removeFolder } from '../../remove-folder.js';
import { tempFolder } from '../../temp-folder.js';

describe('DICOM target: TLS', () => {
  const temp = tempFolder();
  const daemons: Daemon[] = [];
  afterEach(async () => {
    for (const daemon of daemons.splice(0)) await daemon.end();
  });
  const never = new AbortController().signal;
  const failureOf = async (target: DicomTarget, dose: MadeDose): Promise<CaseError> => {
    const error = await target.deliver(aCase(), dose, never).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    if (error instanceof CaseError) return error;
    throw new Error('it did not fail as it should', { cause: error });
  };

  it('delivers to a peer whose certificate is vouched for, with a certificate of our own, and to no other', async function () {
    if (!hasDcmtk()) return this.skip();
    const [peer, ours, other] = [
      certificate(temp.path, 'peer'),
      certificate(temp.path, 'ours'),
      certificate(temp.path, 'other'),
    ];
    const server = await startStorescp(join(temp.path, 'taken'), '+tls', peer.key, peer.cert, '+cf', ours.cert, '-rc');
    daemons.push(server.daemon);
    const dose = aDicomDose(join(temp.path, 'a.dcm'), { sopInstanceUid: freshUid() });
    const tls = { ca: peer.cert, cert: ours.cert, key: ours.key, serverName: null };
    const made = (change: object): DicomTarget =>
      new DicomTarget(dicomOptions(server.port, { verify: 'none', tls: { ...tls, ...change } }), new FakeClock());
    const good = made({});
    expect((await good.deliver(aCase(), dose, never)).status).to.equal('delivered');
    await good.finish();
    const stranger = await failureOf(made({ ca: other.cert }), dose);
    expect(stranger).to.include({ severity: 'operator', code: 'upload.tls' });
    const unreadable = await failureOf(made({ ca: join(temp.path, 'none.crt') }), dose);
    expect(unreadable).to.include({ severity: 'operator', code: 'upload.tls' });
    const mixed = await failureOf(made({ key: other.key }), dose);
    expect(mixed).to.include({ severity: 'operator', code: 'upload.tls' });
    expect(mixed.message).to.contain('the files of its tls cannot be used');
    const anonymous = await failureOf(made({ cert: null, key: null }), dose);
    expect(anonymous.code).to.match(/^upload\.(tls|aborted)$/);
    expect(readdirSync(join(temp.path, 'taken'))).to.have.length(1);
  });

  it('delivers to an Orthanc by TLS on both ways: found by query, and committed by a report over TLS to our own port', async function () {
    if (!hasOrthanc()) return this.skip();
    const [peer, ours, other] = ['peer', 'ours', 'other'].map((name) => certificate(temp.path, name));
    const place = mkdtempSync(join(tmpdir(), 'mqi-orthanc-'));
    const reportPort = await freePort();
    const modality = {
      AET: 'MQI',
      Host: '127.0.0.1',
      Port: reportPort,
      AllowStorageCommitment: true,
      UseDicomTls: true,
    };
    const orthanc = await Orthanc.start(place, {
      DicomTlsEnabled: true,
      DicomTlsCertificate: peer!.cert,
      DicomTlsPrivateKey: peer!.key,
      DicomTlsTrustedCertificates: ours!.cert,
      DicomTlsRemoteCertificateRequired: true,
      DicomModalities: { mqi: modality },
    });
    daemons.push(orthanc.daemon);
    try {
      const tls = { ca: peer!.cert, ...ours!, serverName: null };
      const target = (change: object): DicomTarget =>
        new DicomTarget(dicomOptions(orthanc.port, { tls, ...change }), new FakeClock());
      const sent = async (how: DicomTarget, uid: string): Promise<string | null> => {
        const dose = aDicomDose(join(temp.path, `${uid}.dcm`), { sopInstanceUid: uid });
        const { verifiedBy } = await how.deliver(aCase(), dose, never);
        await how.finish();
        return verifiedBy;
      };
      const [first, second, third] = [freshUid(), freshUid(), freshUid()];
      expect(await sent(target({ verify: 'find' }), first)).to.equal('C-FIND');
      const commitment = { verify: 'commitment', listenPort: reportPort } as const;
      expect(await sent(target(commitment), second)).to.equal('storage commitment');
      const dose = aDicomDose(join(temp.path, 'c.dcm'), { sopInstanceUid: third });
      const refused = await failureOf(target({ tls: { ...tls, ...other! } }), dose);
      expect(refused.code).to.match(/^upload\.(tls|aborted|unavailable)$/);
      expect(await orthanc.files(first)).to.have.length(1);
      expect(await orthanc.files(second)).to.have.length(1);
      expect(await orthanc.files(third)).to.have.length(0);
    } finally {
      await daemons.pop()?.end();
      removeFolder(place);
    }
  });
});
