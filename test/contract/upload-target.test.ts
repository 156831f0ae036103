import { expect } from 'chai';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DicomTarget } from '../../src/adapters/uploads/dicom-target.js';
import { DicomWebTarget } from '../../src/adapters/uploads/dicomweb-target.js';
import { FolderTarget } from '../../src/adapters/uploads/folder-target.js';
import { FolderTemplateTarget } from '../../src/adapters/uploads/folder-template-target.js';
import { SftpTarget } from '../../src/adapters/uploads/sftp/sftp-target.js';
import { REPORT_START } from '../../src/domain/delivery-report.js';
import { CaseError } from '../../src/domain/errors.js';
import type { UploadTarget } from '../../src/ports/upload-target.js';
import { aCase } from '../builders/a-case.js';
import { aDicomDose } from '../builders/a-dicom-dose.js';
import { aDisguised } from '../builders/a-disguised.js';
import { aDoseFile } from '../builders/a-dose-file.js';
import { DICOM_WEB, dicomOptions, hasOrthanc, Orthanc } from '../dicom-peers.js';
import { FakeClock } from '../fakes/fake-clock.js';
import { FakeUploadTarget } from '../fakes/fake-upload-target.js';
import { SftpServer } from '../mounts/sftp-server.js';
import { SshServer } from '../mounts/ssh-server.js';
import { removeFolder } from '../remove-folder.js';
import { tempFolder } from '../temp-folder.js';

interface Kind {
  readonly name: string;
  readonly make: (temp: string) => UploadTarget | Promise<UploadTarget>;
  readonly close?: () => Promise<void>;
  /** Objects as this kind takes them, where a file with a UID in it is not enough. */
  readonly dose?: typeof aDoseFile;
  /** A server to send to; false where this machine has none. */
  readonly start?: () => Promise<boolean>;
  readonly end?: () => Promise<void>;
}

const dicomDose: typeof aDoseFile = (path, change) =>
  aDicomDose(path, { ...change, doseGridScaling: change?.content === undefined ? '1.25e-5' : '1.26e-5' });

const LIMITS = { connectMs: 10_000, answerMs: 10_000, idleMs: 20 };

/** An SFTP server of OpenSSH for each test. */
function sftpKind(name: string, server: (temp: string) => SshServer | SftpServer): Kind {
  let running: SshServer | SftpServer | null = null;
  return {
    name,
    make: async (temp) => {
      running = server(join(temp, 'ssh'));
      await running.start();
      const options =
        running instanceof SftpServer
          ? running.options({ marker: '{caseId}.done' })
          : {
              ...{ ...running.reach, passwordFile: null, passwordEnv: null, marker: null },
              path: `${temp}/there/{folder}/RD.{beamNumber}.dcm`,
            };
      return new SftpTarget({ name: 't', optional: false }, options, new FakeClock(), LIMITS);
    },
    close: async () => {
      await running?.stop();
    },
  };
}

const SFTP_KINDS = [
  sftpKind('SftpTarget, a plain OpenSSH', (place) => new SshServer(place)),
  sftpKind('SftpTarget, an OpenSSH that locks its users in', () => new SftpServer()),
];

const KINDS: readonly Kind[] = [
  // Both need sshd as root.
  ...(process.getuid?.() === 0 ? SFTP_KINDS : []),
  { name: 'FakeUploadTarget', make: () => new FakeUploadTarget('t') },
  {
    name: 'FolderTarget',
    make: (temp) => new FolderTarget({ name: 't', path: join(temp, 'outbox'), makeMissing: true }, new FakeClock()),
  },
  {
    name: 'FolderTemplateTarget',
    make: (temp) => {
      const template = '{date}/{folder}/{planLabel}-{beamNumber}-{sopInstanceUid}.dcm';
      const where = { path: join(temp, 'outbox'), makeMissing: true };
      return new FolderTemplateTarget({ name: 't', optional: false, template, ...where }, new FakeClock());
    },
  },
  disguisedKind(),
  ...(process.getuid?.() === 0 ? [disguisedSftpKind()] : []),
  orthancKind('DeidentifyingTarget around a DicomTarget', ({ port }, temp) =>
    aDisguised(new DicomTarget(dicomOptions(port), new FakeClock()), temp),
  ),
  orthancKind('DeidentifyingTarget around a DicomWebTarget', (orthanc, temp) => aDisguised(webTarget(orthanc), temp)),
  orthancKind('DicomTarget', ({ port }) => new DicomTarget(dicomOptions(port), new FakeClock())),
  orthancKind('DicomWebTarget', webTarget),
];

for (const kind of KINDS) {
  describe(`the contract of an upload target: ${kind.name}`, () => {
    const temp = tempFolder();
    const never = new AbortController().signal;
    let target: UploadTarget;
    before(async function () {
      if ((await kind.start?.()) === false) this.skip();
    });
    after(() => kind.end?.());
    beforeEach(async () => {
      target = await kind.make(temp.path);
    });
    afterEach(() => kind.close?.());
    const dose = (change: Parameters<typeof aDoseFile>[1] = {}): ReturnType<typeof aDoseFile> =>
      (kind.dose ?? aDoseFile)(join(temp.path, 'work', `RD.${String(Math.random())}.dcm`), change);

    it('proves what it delivered by a receipt of that object', async () => {
      const kase = aCase();
      const object = dose();
      const receipt = await target.deliver(kase, object, never);
      expect(receipt).to.include({
        caseId: kase.id,
        target: 't',
        sopInstanceUid: '2.25.1',
        status: 'delivered',
        sha256: object.sha256,
      });
      expect(receipt.location).to.be.a('string').and.not.equal('');
      expect(receipt.verifiedBy).to.be.a('string').and.not.equal('');
    });

    it('takes the same object again as delivered', async () => {
      const kase = aCase();
      const object = dose();
      const first = await target.deliver(kase, object, never);
      const second = await target.deliver(kase, object, never);
      expect(second).to.include({ status: 'delivered', sha256: object.sha256, location: first.location });
    });

    it('refuses another dose under the same SOP instance UID', async () => {
      const kase = aCase();
      await target.deliver(kase, dose(), never);
      let failure: unknown;
      await target.deliver(kase, dose({ content: 'another dose' }), never).catch((error: unknown) => {
        failure = error;
      });
      expect(failure).to.be.instanceOf(CaseError).and.include({ severity: 'permanent', code: 'upload.uid-conflict' });
    });

    it('lets go when told to stop', async () => {
      const stop = new AbortController();
      stop.abort(new Error('stopping'));
      let failure: unknown;
      await target.deliver(aCase(), dose(), stop.signal).catch((error: unknown) => {
        failure = error;
      });
      expect(failure).to.equal(stop.signal.reason);
    });

    it('can be finished twice', async () => {
      const kase = aCase();
      const receipts = [await target.deliver(kase, dose(), never)];
      await target.finish(kase, receipts);
      await target.finish(kase, receipts);
    });

    it('takes a delivery report, the same again and another in its place, where it takes any', async () => {
      const kase = aCase();
      await target.deliver(kase, dose(), never);
      for (const rows of ['1\r\n', '1\r\n', '1\r\n2\r\n']) await target.report?.(kase, `${REPORT_START}\r\n${rows}`);
    });

    it('finds nothing wrong with itself when it works', async () => {
      expect(await target.check()).to.deep.equal([]);
    });
  });
}

/** What goes to a target of another kind, told no identities. */
function disguisedKind(): Kind {
  return {
    name: 'DeidentifyingTarget around a FolderTarget',
    make: (temp) =>
      aDisguised(new FolderTarget({ name: 't', path: join(temp, 'outbox'), makeMissing: true }, new FakeClock()), temp),
    dose: dicomDose,
  };
}

function disguisedSftpKind(): Kind {
  const plain = sftpKind('DeidentifyingTarget around an SftpTarget', () => new SftpServer());
  return { ...plain, make: async (temp) => aDisguised(await plain.make(temp), temp), dose: dicomDose };
}

/** To an Orthanc, which keeps the first object that it was sent under a UID. */
function orthancKind(name: string, target: (orthanc: Orthanc, temp: string) => UploadTarget): Kind {
  let orthanc: Orthanc | null = null;
  let place = '';
  return {
    name,
    make: (temp) => {
      if (orthanc === null) throw new Error('no Orthanc');
      return target(orthanc, temp);
    },
    dose: dicomDose,
    start: async () => {
      if (!hasOrthanc()) return false;
      place = mkdtempSync(join(tmpdir(), 'mqi-orthanc-'));
      orthanc = await Orthanc.start(place, DICOM_WEB);
      return true;
    },
    close: async () => {
      await orthanc?.clear();
    },
    end: async () => {
      delete process.env['MQI_TEST_WEB_SECRET'];
      await orthanc?.daemon.end();
      removeFolder(place);
    },
  };
}

function webTarget({ httpPort }: Orthanc): UploadTarget {
  process.env['MQI_TEST_WEB_SECRET'] = 'secret';
  const url = `http://127.0.0.1:${String(httpPort)}/dicom-web`;
  const login = { user: 'svc', secretFile: null, secretEnv: 'MQI_TEST_WEB_SECRET', tls: null, timeoutSeconds: 10 };
  return new DicomWebTarget({ name: 't', url, ...login, verify: 'wado', warnings: 'delivered' }, new FakeClock());
}
