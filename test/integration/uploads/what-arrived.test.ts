import { expect } from 'chai';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MadeDose } from '../../../src/ports/dose-maker.js';
import { aCase } from '../../builders/a-case.js';
import { DICOM_WEB, dicomOptions, hasOrthanc, Orthanc, startStorescp } from '../../dicom-peers.js';
import { dciodvfyErrors, hasDciodvfy, hasDcmtk, hasPydicom, pydicom } from '../../dicom-tools.js';
import { targetOf, type TargetSpec } from '../../faults/delivery/target-spec.js';
import { SftpServer } from '../../mounts/sftp-server.js';
import { removeFolder } from '../../remove-folder.js';
import { tempFolder } from '../../temp-folder.js';
import { DoseFixture } from '../dicom/dose-fixture.js';

/** Elements in which two files differ for pydicom, which looks at VR and value; group 0002 is each receiver's own. */
const COMPARE = `
differ = []
for pair in zip(sys.argv[1::2], sys.argv[2::2]):
    a, b = [pydicom.dcmread(path) for path in pair]
    differ += [str(tag) for tag in set(a.keys()) | set(b.keys()) if a.get(tag) != b.get(tag)]
print(json.dumps(differ))
`;

/** The data set of a DICOM file: what follows its group 0002. */
const dataSet = (path: string): Buffer => {
  const file = readFileSync(path);
  return file.subarray(144 + file.readUInt32LE(140));
};

describe('an RT Dose that has arrived', () => {
  const temp = tempFolder();
  const ends: (() => Promise<unknown>)[] = [];
  let doses: readonly MadeDose[];
  before(function () {
    if (!hasDciodvfy() || !hasPydicom() || !hasDcmtk() || !hasOrthanc()) this.skip();
  });
  beforeEach(async () => {
    const fixture = await DoseFixture.make(temp.path);
    const beams = [await fixture.beam(1, (index) => index), await fixture.beam(2, (index) => 1 + (index % 7))];
    doses = [...beams, await fixture.maker.planDose({ id: 'c0ffee', run: 2 }, fixture.planCopy, beams)];
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });

  async function delivered(spec: TargetSpec): Promise<readonly string[]> {
    const target = targetOf(spec);
    const kase = aCase({ folder: 'arrived' });
    const receipts = [];
    for (const dose of doses) receipts.push(await target.deliver(kase, dose, new AbortController().signal));
    await target.finish(kase, receipts);
    return receipts.map(({ verifiedBy }) => String(verifiedBy));
  }

  /** Each of ours among the files that arrived, valid, and for an independent reader the same in every element. */
  async function expectAll(files: readonly string[]): Promise<void> {
    expect(files).to.have.length(doses.length);
    const pairs: string[] = [];
    for (const { path, sopInstanceUid } of doses) {
      const arrived = files.filter((file) => readFileSync(file).includes(sopInstanceUid));
      // The plan dose and the beams' do not name one another.
      expect(arrived, sopInstanceUid).to.have.length(1);
      expect(dciodvfyErrors(arrived[0]!)).to.deep.equal([]);
      pairs.push(path, arrived[0]!);
    }
    expect(await pydicom(COMPARE, ...pairs)).to.deep.equal([]);
  }

  const filesIn = (folder: string, ending = ''): readonly string[] =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith(ending))
      .map((name) => join(folder, name));

  async function orthanc(more: object = {}): Promise<Orthanc> {
    const place = mkdtempSync(join(tmpdir(), 'mqi-orthanc-'));
    const made = await Orthanc.start(place, more);
    ends.push(async () => {
      await made.daemon.end();
      removeFolder(place);
    });
    return made;
  }
  /** What an Orthanc keeps, as files. */
  async function keptBy(peer: Orthanc): Promise<readonly string[]> {
    mkdirSync(join(temp.path, 'kept'));
    const files = (await Promise.all(doses.map(({ sopInstanceUid }) => peer.files(sopInstanceUid)))).flat();
    return files.map((file, i) => {
      const path = join(temp.path, 'kept', `${String(i)}.dcm`);
      writeFileSync(path, file);
      return path;
    });
  }

  it('in a folder is valid, and the same for dciodvfy and pydicom', async () => {
    const path = join(temp.path, 'outbox');
    await delivered({ kind: 'folder', options: { name: 't', path, makeMissing: true } });
    await expectAll(filesIn(path, '.dcm'));
  });

  it('at an SFTP server is too', async function () {
    if (process.getuid?.() !== 0) return this.skip(); // such a server needs root
    const server = new SftpServer();
    ends.push(() => server.stop());
    await server.start();
    const limits = { connectMs: 10_000, answerMs: 10_000, idleMs: 20 };
    await delivered({ kind: 'sftp', options: server.options(), limits });
    await expectAll(filesIn(server.inbox, '.dcm'));
  });

  it('at a PACS is too', async () => {
    const peer = await orthanc();
    await delivered({ kind: 'dicom', options: dicomOptions(peer.port) });
    await expectAll(await keptBy(peer));
  });

  it('at a DICOMweb archive is too', async () => {
    const peer = await orthanc(DICOM_WEB);
    const secretFile = join(temp.path, 'secret');
    writeFileSync(secretFile, 'secret');
    const url = `http://127.0.0.1:${String(peer.httpPort)}/dicom-web`;
    const login = { user: 'svc', secretFile, secretEnv: null, tls: null, timeoutSeconds: 10 };
    await delivered({
      kind: 'dicomweb',
      options: { name: 't', url, ...login, verify: 'wado', warnings: 'delivered' },
    });
    await expectAll(await keptBy(peer));
  });

  it('at a peer that takes implicit VR alone is too, byte for byte as dcmtk would have converted it', async () => {
    const taken = join(temp.path, 'taken');
    const { daemon, port } = await startStorescp(taken, '+xi');
    ends.push(() => daemon.end());
    const proofs = await delivered({ kind: 'dicom', options: dicomOptions(port, { verify: 'none' }) });
    expect(proofs).to.deep.equal(doses.map(() => 'status of C-STORE, sent in implicit VR'));
    await expectAll(filesIn(taken));
    for (const { path, sopInstanceUid } of doses) {
      const converted = join(temp.path, 'converted.dcm');
      execFileSync('dcmconv', ['+ti', path, converted]);
      const arrived = filesIn(taken).find((file) => file.endsWith(sopInstanceUid));
      expect(dataSet(arrived!).equals(dataSet(converted)), path).to.equal(true);
    }
  });
});
