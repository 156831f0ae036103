import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DicomTarget } from '../../../src/adapters/uploads/dicom-target.js';
import { CaseError } from '../../../src/domain/errors.js';
import type { MadeDose } from '../../../src/ports/dose-maker.js';
import { aCase } from '../../builders/a-case.js';
import { aDicomDose, freshUid } from '../../builders/a-dicom-dose.js';
import { certificate } from '../../certificates.js';
import { dicomOptions, startStorescp } from '../../dicom-peers.js';
import { hasDcmtk } from '../../dicom-tools.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import type { Daemon } from '../../mounts/daemon.js';
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
});
