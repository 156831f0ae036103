import { expect } from 'chai';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DicomWebTarget, type DicomWebTargetOptions } from '../../../src/adapters/uploads/dicomweb-target.js';
import type { MadeDose } from '../../../src/ports/dose-maker.js';
import { aCase } from '../../builders/a-case.js';
import { aDicomDose, freshUid } from '../../builders/a-dicom-dose.js';
import { hasOrthanc, Orthanc } from '../../dicom-peers.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { removeFolder } from '../../remove-folder.js';
import { tempFolder } from '../../temp-folder.js';

const never = new AbortController().signal;
const PLUGIN = '/usr/share/orthanc/plugins/libOrthancDicomWeb.so';

describe('DICOMweb target', () => {
  const temp = tempFolder();
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });
  const target = (url: string, change: Partial<DicomWebTargetOptions> = {}): DicomWebTarget => {
    const secretFile = join(temp.path, 'secret');
    writeFileSync(secretFile, 'secret\n');
    const options = { name: 'w', url, user: 'svc', secretFile, secretEnv: null, timeoutSeconds: 10, tls: null };
    return new DicomWebTarget({ ...options, verify: 'wado', warnings: 'delivered', ...change }, new FakeClock());
  };
  const dose = (change: Parameters<typeof aDicomDose>[1] = {}): MadeDose =>
    aDicomDose(join(temp.path, `${String(Math.random())}.dcm`), { sopInstanceUid: freshUid(), ...change });
  const failureOf = async (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => new Error('nothing failed'),
      (thrown: unknown) => thrown,
    );

  describe('an Orthanc', () => {
    let orthanc: Orthanc;
    let place: string;
    let url: string;
    before(async function () {
      if (!hasOrthanc()) return this.skip();
      place = mkdtempSync(join(tmpdir(), 'mqi-orthanc-'));
      orthanc = await Orthanc.start(place, { Plugins: [PLUGIN], DicomWeb: { Enable: true, Root: '/dicom-web/' } });
      url = `http://127.0.0.1:${String(orthanc.httpPort)}/dicom-web`;
    });
    after(async () => {
      await orthanc.daemon.end();
      removeFolder(place);
    });

    it('keeps the object as it was sent, once, proven by fetching it', async () => {
      const object = dose({ frames: 200 });
      const first = await target(url).deliver(aCase(), object, never);
      expect(first.verifiedBy).to.equal('sha256 of the data set fetched by WADO-RS');
      const second = await target(url).deliver(aCase(), object, never);
      expect(second.verifiedBy).to.contain('it was already there');
      expect(await orthanc.files(object.sopInstanceUid)).to.have.length(1);
    });

    it('is proven by a query where that is enough', async () => {
      const receipt = await target(url, { verify: 'qido' }).deliver(aCase(), dose(), never);
      expect(receipt.verifiedBy).to.equal('QIDO-RS');
      expect(receipt.peerSaid).to.equal('STOW-RS: 0000 success: HTTP status 200; QIDO-RS: one match');
    });

    it('refuses another dose under the same SOP instance UID', async () => {
      const object = dose();
      await target(url).deliver(aCase(), object, never);
      const other = dose({ sopInstanceUid: object.sopInstanceUid, frames: 3 });
      expect(await failureOf(target(url).deliver(aCase(), other, never))).to.include({
        severity: 'permanent',
        code: 'upload.uid-conflict',
      });
    });

    it('sends nothing whole of a file that has changed since it was recorded', async () => {
      const object = dose();
      const failure = await failureOf(target(url).deliver(aCase(), { ...object, sha256: '0'.repeat(64) }, never));
      expect(failure).to.include({ severity: 'permanent', code: 'dose.damaged' });
      expect(await orthanc.files(object.sopInstanceUid)).to.deep.equal([]);
    });

    it('tells what is gone, a wrong login, and that it works', async () => {
      const object = dose();
      const receipt = await target(url).deliver(aCase(), object, never);
      expect(await target(url).audit(aCase(), [receipt])).to.deep.equal([]);
      await orthanc.remove(object.sopInstanceUid);
      expect(await target(url).audit(aCase(), [receipt])).to.have.length(1);
      expect(await target(url).check()).to.deep.equal([]);
      expect(await target(url, { user: 'other' }).check()).to.have.length(1);
      expect(await failureOf(target(url, { user: 'other' }).deliver(aCase(), dose(), never))).to.include({
        severity: 'operator',
        code: 'upload.auth',
      });
    });
  });

  /** Answers queries with nothing found and a STOW with what a test gives, for any instance. */
  async function answering(status: number, body: (uid: string) => unknown): Promise<{ url: string; uid: string }> {
    const uid = freshUid();
    const server = createServer((request, response) => {
      request.resume();
      request.once('end', () => {
        response.statusCode = request.method === 'POST' ? status : 200;
        response.end(JSON.stringify(request.method === 'POST' ? body(uid) : []));
      });
    });
    servers.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return { url: `http://127.0.0.1:${String(address.port)}`, uid };
  }
  const failed = (uid: string, reason: number): unknown => ({
    '00081198': { vr: 'SQ', Value: [{ '00081155': { Value: [uid] }, '00081197': { Value: [reason] } }] },
  });
  const stored = (uid: string): unknown => ({
    '00081199': { vr: 'SQ', Value: [{ '00081155': { Value: [uid] } }] },
  });

  for (const [what, status, body, severity, code] of [
    [
      '200 with the instance among the failed',
      200,
      (uid: string) => failed(uid, 0xc000),
      'permanent',
      'upload.refused',
    ],
    ['202 out of resources', 202, (uid: string) => failed(uid, 0xa700), 'transient', 'upload.refused'],
    ['200 that says nothing of the instance', 200, () => ({}), 'transient', 'upload.protocol'],
    ['400 though stored, and then not found', 400, stored, 'transient', 'upload.verify-failed'],
    ['503', 503, () => null, 'transient', 'upload.unavailable'],
    ['403', 403, () => null, 'operator', 'upload.auth'],
    ['302 to elsewhere', 302, () => null, 'operator', 'upload.rejected'],
  ] as const) {
    it(`${what} is ${severity}: ${code}`, async () => {
      const { url, uid } = await answering(status, body);
      const object = dose({ sopInstanceUid: uid });
      expect(await failureOf(target(url).deliver(aCase(), object, never))).to.include({ severity, code });
    });
  }
});
