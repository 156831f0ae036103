import { expect } from 'chai';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DicomTarget } from '../../../src/adapters/uploads/dicom-target.js';
import { DicomWebTarget } from '../../../src/adapters/uploads/dicomweb-target.js';
import type { StoringTest, UploadTarget } from '../../../src/ports/upload-target.js';
import { aDisguised } from '../../builders/a-disguised.js';
import { DICOM_WEB, dicomOptions, hasOrthanc, Orthanc } from '../../dicom-peers.js';
import { dciodvfyErrors, hasDciodvfy } from '../../dicom-tools.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { removeFolder } from '../../remove-folder.js';

const never = new AbortController().signal;

describe('the test object of mqi doctor, at an Orthanc', () => {
  let orthanc: Orthanc;
  let place: string;
  let front: Server;
  /** Of the DELETE requests that the front saw. */
  const deleted: string[] = [];
  let removes = true;

  before(async function () {
    if (!hasOrthanc()) return this.skip();
    place = mkdtempSync(join(tmpdir(), 'mqi-orthanc-'));
    writeFileSync(join(place, 'secret'), 'secret\n');
    orthanc = await Orthanc.start(place, DICOM_WEB);
    front = createServer((incoming, answer) => {
      const { method, headers, url: path = '' } = incoming;
      if (method === 'DELETE') {
        deleted.push(path);
        const done = removes ? orthanc.remove(path.slice(path.lastIndexOf('/') + 1)) : Promise.resolve();
        void done.then(() => answer.writeHead(204).end());
        return;
      }
      const onward = request({ port: orthanc.httpPort, path, method, headers }, (said) => {
        said.pipe(answer.writeHead(said.statusCode ?? 500, said.headers));
      });
      incoming.pipe(onward);
    });
    await once(front.listen(0, '127.0.0.1'), 'listening');
  });
  after(async () => {
    front.closeAllConnections();
    front.close();
    await orthanc.daemon.end();
    removeFolder(place);
  });
  beforeEach(() => {
    deleted.length = 0;
    removes = true;
  });

  const web = (port: number, user = 'svc'): DicomWebTarget => {
    const login = { user, secretFile: join(place, 'secret'), secretEnv: null, tls: null };
    const url = `http://127.0.0.1:${String(port)}/dicom-web`;
    const how = { verify: 'wado', warnings: 'delivered', timeoutSeconds: 10 } as const;
    return new DicomWebTarget({ name: 'w', url, ...login, ...how }, new FakeClock());
  };
  const frontPort = (): number => (front.address() as { readonly port: number }).port;
  const stored = async (target: UploadTarget): Promise<StoringTest & { readonly uid: string }> => {
    const test = await target.tryStoring!(never);
    return { ...test, uid: /RT Dose ([\d.]+) of patient/.exec(test.words)?.[1] ?? 'none' };
  };

  it('is stored and proven by the proof of the target, and stays where the server removes nothing, which is said', async () => {
    const { ok, words, uid } = await stored(web(orthanc.httpPort));
    expect(ok).to.equal(true);
    expect(words)
      .to.match(
        /^stored and proven \(sha256 of the data set fetched by WADO-RS\): RT Dose 2\.25\.\d+ of patient MQI-TEST, /,
      )
      .and.match(/left there: DELETE was answered with HTTP status 405$/);
    expect(await orthanc.files(uid)).to.have.length(1);
  });

  it('is an RT Dose as the standard has it, of nobody', async function () {
    if (!hasDciodvfy()) return this.skip();
    const { uid } = await stored(web(orthanc.httpPort));
    const [file] = await orthanc.files(uid);
    writeFileSync(join(place, 'kept.dcm'), file!);
    expect(dciodvfyErrors(join(place, 'kept.dcm'))).to.deep.equal([]);
  });

  it('is removed again where the server lets that one instance be removed, and nothing else with it', async () => {
    const other = await stored(web(orthanc.httpPort));
    const { ok, words, uid } = await stored(web(frontPort()));
    expect([ok, words.endsWith(', removed again')]).to.deep.equal([true, true]);
    expect(deleted).to.have.length(1);
    expect(deleted[0]).to.match(/\/dicom-web\/studies\/2\.25\.\d+\/series\/2\.25\.\d+\/instances\/2\.25\.\d+$/);
    expect(await orthanc.files(uid)).to.have.length(0);
    expect(await orthanc.files(other.uid)).to.have.length(1);
  });

  it('is not called removed by the answer alone', async () => {
    removes = false;
    const { words, uid } = await stored(web(frontPort()));
    expect(words).to.match(/left there: DELETE was answered with HTTP status 204$/);
    expect(await orthanc.files(uid)).to.have.length(1);
  });

  it('says what is wrong where nothing can be stored', async () => {
    const { ok, words } = await stored(web(orthanc.httpPort, 'other'));
    expect(ok).to.equal(false);
    expect(words).to.contain('answered with HTTP status 401').and.contain('may be left there');
  });

  it('goes by C-STORE as well, proven by C-FIND, and stays', async () => {
    const { ok, words, uid } = await stored(new DicomTarget(dicomOptions(orthanc.port), new FakeClock()));
    expect(ok).to.equal(true);
    expect(words)
      .to.contain('proven (C-FIND)')
      .and.match(/left there: nothing is removed by DICOM$/);
    expect(await orthanc.files(uid)).to.have.length(1);
  });

  it('goes as it is to a target that is told no identities', async () => {
    expect(await stored(aDisguised(web(frontPort()), place))).to.include({ ok: true });
  });
});
