import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Service } from '../../e2e/service.js';
import { DICOM_WEB, hasOrthanc, Orthanc } from '../../dicom-peers.js';
import { removeFolder } from '../../remove-folder.js';
import { until } from '../../until.js';
import { drop, faultSettings } from '../a-service-with-cases.js';
import { TurnProxy } from './turn-proxy.js';

/** Where the service is killed, in turns of the talk with the peer; each case has three objects. */
const KILLS: Readonly<Record<'dicom' | 'dicomweb', readonly (readonly [what: string, turn: number, bytes: number])[]>> =
  {
    dicom: [
      ['in the middle of the first object', 6, 5_000],
      ['when the second object is there and not answered', 15, 0],
    ],
    dicomweb: [
      ['in the middle of the first object', 2, 5_000],
      ['when the second object is there and not answered', 11, 0],
    ],
  };

for (const kind of ['dicom', 'dicomweb'] as const) {
  describe(`the service, killed while it delivers to a target of kind ${kind}`, function () {
    this.timeout(180_000);
    let orthanc: Orthanc;
    let place = '';
    let service: Service | null = null;
    const proxy = new TurnProxy(0);
    before(async function () {
      if (!hasOrthanc()) return this.skip();
      place = mkdtempSync(join(tmpdir(), 'mqi-orthanc-'));
      orthanc = await Orthanc.start(place, DICOM_WEB);
      proxy.serverPort = kind === 'dicom' ? orthanc.port : orthanc.httpPort;
      await proxy.start();
      writeFileSync(join(place, 'secret'), 'secret\n', { mode: 0o600 });
      const peer =
        kind === 'dicom'
          ? { dicom: { host: '127.0.0.1', port: proxy.port, calledAeTitle: 'ORTHANC' } }
          : {
              dicomweb: {
                url: `http://127.0.0.1:${String(proxy.port)}/dicom-web`,
                user: 'svc',
                secretFile: join(place, 'secret'),
                verify: 'wado',
              },
            };
      service = new Service(faultSettings({ uploads: [{ name: 'peer', kind, ...peer }] }));
    });
    after(async () => {
      await service?.end();
      if (place === '') return;
      await proxy.stop();
      await orthanc.daemon.end();
      removeFolder(place);
    });

    for (const [i, [what, turn, afterBytes]] of KILLS[kind].entries()) {
      it(`${what}, ends with each object there once, as its receipt says`, async () => {
        const own = service!;
        const folder = `case-${String(i)}`;
        proxy.arm({ at: { turn }, afterBytes, how: 'kill' }, () => process.kill(own.pid, 'SIGKILL'));
        own.start();
        await drop(own, folder, 2);
        await until('the service is killed', () => proxy.struck, 60_000);
        expect(await own.ended()).to.equal(null);
        proxy.arm(null);
        own.start();
        const kase = (await own.untilEnded([folder], 90_000)).get(folder)!;
        expect(kase.state, JSON.stringify(kase)).to.equal('completed');
        const { receipts } = await own.case(kase.id);
        expect(receipts).to.have.length(3);
        for (const { sopInstanceUid, status, sha256 } of receipts) {
          expect(status).to.equal('delivered');
          const kept = await orthanc.files(sopInstanceUid);
          expect(kept, sopInstanceUid).to.have.length(1);
          const ours = made(own, kase.id).find((file) => digest(file) === sha256);
          expect(doseIn(kept[0]!).equals(doseIn(ours!)), 'the same dose').to.equal(true);
        }
        expect(await own.stop()).to.equal(0);
      });
    }
  });
}

/** The objects as they were made. */
function made({ root }: Service, id: string): readonly Buffer[] {
  const folder = join(root, 'work', id, '1', 'dose');
  return readdirSync(folder).map((name) => readFileSync(join(folder, name)));
}

/** The pixels. (By C-STORE an Orthanc writes the lengths of sequences in its own way.) */
const doseIn = (file: Buffer): Buffer => file.subarray(file.indexOf(Buffer.from([0xe0, 0x7f, 0x10, 0x00])));

const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
