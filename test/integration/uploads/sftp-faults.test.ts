import { expect } from 'chai';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SftpOptions } from '../../../src/adapters/uploads/sftp/sftp-options.js';
import { aCase } from '../../builders/a-case.js';
import { FaultyProxy } from '../../mounts/faulty-proxy.js';
import { rejection } from '../../rejection.js';
import { deliveredIn, SFTP_TEST_LIMITS, sftpDelivery, sha256Of } from '../../sftp-delivery.js';
import { tempFolder } from '../../temp-folder.js';

const NEVER = new AbortController().signal;

describe('delivery to an SFTP server over a line that fails', function () {
  const temp = tempFolder();
  const { server, target, dose, largeDose, there } = sftpDelivery(temp);

  let proxy: FaultyProxy;
  let options: Partial<SftpOptions>;
  beforeEach(async () => {
    const { port, knownHosts } = server().options();
    proxy = new FaultyProxy(port);
    const own = await proxy.start();
    const known = join(temp.path, 'known');
    writeFileSync(known, readFileSync(knownHosts, 'utf8').replace(String(port), String(own)));
    options = { port: own, knownHosts: known };
  });
  afterEach(() => proxy.stop());

  it('cut at any point of a delivery, is tried again until the object is there, once and whole', async function () {
    this.timeout(60_000);
    const kase = aCase({ folder: 'cut' });
    // Greeting, key exchange, login, opening, sending, reading back, renaming; then beyond the end.
    const sent = [1, 100, 1_500, 3_000, 3_600, 4_200, 50_000, 1_000_000, 3_000_000, 3_110_000];
    const received = [1, 1_500, 2_500, 3_000, 3_600, 50_000, 3_000_000, 3_100_000];
    const faults = [
      ...sent.map((afterBytes) => ({ way: 'there', afterBytes, how: 'cut' }) as const),
      ...received.map((afterBytes) => ({ way: 'back', afterBytes, how: 'cut' }) as const),
    ];
    let struck = 0;
    for (const [i, fault] of faults.entries()) {
      const object = largeDose(`2.25.9${String(i)}`);
      const sftp = target(options);
      proxy.next(fault);
      const failed = await sftp.deliver(kase, object, NEVER).then(
        () => null,
        (error: unknown) => error,
      );
      if (failed !== null) {
        struck += 1;
        expect(failed).to.include({ severity: 'transient', code: 'upload.unavailable' });
      }
      for (const name of deliveredIn(there('cut')).filter((file) => file.endsWith(`${object.sopInstanceUid}.dcm`))) {
        expect(sha256Of(join(there('cut'), name)), 'whole under its name').to.equal(object.sha256);
      }
      expect(await sftp.deliver(kase, object, NEVER)).to.include({ status: 'delivered' });
      const files = deliveredIn(there('cut')).filter((name) => name.includes(object.sopInstanceUid));
      expect(files).to.deep.equal([`RD.001.${object.sopInstanceUid}.dcm`]);
      expect(sha256Of(join(there('cut'), files[0] ?? ''))).to.equal(object.sha256);
    }
    expect(struck, 'faults that met a delivery').to.be.greaterThan(faults.length / 2);
  });

  for (const [stage, fault] of [
    ['before it greets', { way: 'back', afterBytes: 1, how: 'silence' }],
    ['in the middle of an object', { way: 'there', afterBytes: 500_000, how: 'silence' }],
    ['while it is read back', { way: 'back', afterBytes: 500_000, how: 'silence' }],
  ] as const) {
    it(`gives up a server that falls silent ${stage}`, async () => {
      // On a busy machine the server may be too slow for a short patience even before it falls silent.
      for (let patienceMs = 500; patienceMs <= 8_000 && proxy.struck === 0; patienceMs *= 4) {
        const sftp = target(options, { connectMs: patienceMs, answerMs: patienceMs, idleMs: 20 });
        proxy.next(fault);
        const failure = await rejection(sftp.deliver(aCase(), largeDose(), NEVER));
        expect(failure).to.include({ severity: 'transient', code: 'upload.unavailable' });
      }
      expect(proxy.struck).to.equal(1);
    });
  }

  it('waits for a slow one', async () => {
    proxy.next({ way: 'there', afterBytes: 0, how: 'slow' });
    expect(await target(options).deliver(aCase(), largeDose(), NEVER)).to.include({ status: 'delivered' });
    expect(proxy.struck).to.equal(1);
  });

  it('lets go in the middle of an object when told to stop', async () => {
    const stop = new AbortController();
    proxy.next({ way: 'there', afterBytes: 500_000, how: 'silence' });
    const sending = target(options, { ...SFTP_TEST_LIMITS, answerMs: 700 }).deliver(aCase(), largeDose(), stop.signal);
    setTimeout(() => {
      stop.abort(new Error('stopping'));
    }, 100);
    expect(await rejection(sending)).to.equal(stop.signal.reason);
  });

  it('takes up a new connection when the server has ended the one that was kept', async () => {
    const sftp = target({}, { ...SFTP_TEST_LIMITS, idleMs: 300 });
    await sftp.deliver(aCase(), dose(), NEVER);
    server().dropAll();
    expect(await sftp.deliver(aCase(), dose(), NEVER)).to.include({ status: 'delivered' });
  });

  it('several that are under way when the line is cut each hear of it, and all are there in the end', async () => {
    const kase = aCase({ folder: 'several' });
    const sftp = target(options);
    const objects = ['2.25.31', '2.25.32', '2.25.33'].map(largeDose);
    proxy.next({ way: 'there', afterBytes: 4_000_000, how: 'cut' });
    const first = await Promise.allSettled(objects.map((object) => sftp.deliver(kase, object, NEVER)));
    expect(first.filter(({ status }) => status === 'rejected')).to.have.length.greaterThan(0);
    await Promise.all(objects.map((object) => sftp.deliver(kase, object, NEVER)));
    expect(deliveredIn(there('several'))).to.have.length(3);
  });
});
