import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SftpOptions } from '../../../src/adapters/uploads/sftp/sftp-options.js';
import { SftpTarget } from '../../../src/adapters/uploads/sftp/sftp-target.js';
import type { CaseError } from '../../../src/domain/errors.js';
import type { MadeDose } from '../../../src/ports/dose-maker.js';
import { aCase } from '../../builders/a-case.js';
import { aDoseFile } from '../../builders/a-dose-file.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { FaultyProxy } from '../../mounts/faulty-proxy.js';
import { SftpServer } from '../../mounts/sftp-server.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';

const LIMITS = { connectMs: 5_000, answerMs: 5_000, idleMs: 20 };
const NEVER = new AbortController().signal;

describe('delivery to an SFTP server', function () {
  const temp = tempFolder();
  let server: SftpServer;
  before(async function () {
    if (process.getuid?.() !== 0) this.skip();
    server = new SftpServer();
    await server.start();
  });
  after(() => server?.stop());

  const target = (change: Partial<SftpOptions> = {}, limits = LIMITS): SftpTarget =>
    new SftpTarget({ name: 't', optional: false }, server.options(change), new FakeClock(), limits);
  const dose = (change: Parameters<typeof aDoseFile>[1] = {}): MadeDose =>
    aDoseFile(join(temp.path, 'work', `RD.${String(Math.random())}.dcm`), change);
  /** Some megabytes: many requests each way. */
  const largeDose = (sopInstanceUid = '2.25.8'): MadeDose =>
    dose({ sopInstanceUid, content: createHash('sha512').update(sopInstanceUid).digest('hex').repeat(24_000) });
  const filesIn = (folder: string): readonly string[] =>
    existsSync(folder)
      ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(dcm|part|csv|done)$/.test(name))
      : [];
  const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
  const there = (folder: string): string => join(server.inbox, folder);

  describe('into an OpenSSH that lets its users do nothing but SFTP', () => {
    it('puts each object there whole, under a name of its own, and nothing else', async () => {
      const kase = aCase({ folder: 'plain' });
      const sftp = target();
      const objects = [largeDose('2.25.1'), dose({ sopInstanceUid: '2.25.2', beamNumber: null })];
      for (const object of objects) await sftp.deliver(kase, object, NEVER);
      await sftp.finish(kase, []);
      expect(filesIn(there('plain'))).to.have.members(['RD.001.2.25.1.dcm', 'RD.plan.2.25.2.dcm']);
      expect(sha256(join(there('plain'), 'RD.001.2.25.1.dcm'))).to.equal(objects[0]?.sha256);
    });

    it('says how it was proven', async () => {
      const kase = aCase();
      const object = dose();
      expect(await target().deliver(kase, object, NEVER)).to.include({ verifiedBy: 'sha256 read back over SFTP' });
      const again = await target().deliver(kase, object, NEVER);
      expect(again.verifiedBy).to.contain('already there');
    });

    it('delivers to many places at once over one connection', async () => {
      const sftp = target();
      const cases = Array.from({ length: 20 }, () => aCase());
      const receipts = await Promise.all(cases.map((kase) => sftp.deliver(kase, dose(), new AbortController().signal)));
      expect(receipts.filter(({ status }) => status === 'delivered')).to.have.length(20);
    });

    it('writes the marker last, with what was delivered in it, and again without harm', async () => {
      const kase = aCase({ folder: 'marked', run: 2 });
      const sftp = target({ marker: '{caseId}-{run}.done' });
      const receipts = [await sftp.deliver(kase, dose(), NEVER)];
      await sftp.finish(kase, receipts);
      await sftp.finish(kase, receipts);
      const marker = readFileSync(join(there('marked'), `${kase.id}-2.done`), 'utf8');
      expect(JSON.parse(marker)).to.deep.include({ caseId: kase.id, run: 2 });
      expect(marker).to.contain('RD.001.2.25.1.dcm');
      expect(filesIn(there('marked')).filter((name) => name.endsWith('.part'))).to.deep.equal([]);
    });

    it('replaces a delivery report by a later one', async () => {
      const kase = aCase({ folder: 'reported' });
      for (const csv of ['1\r\n', '1\r\n2\r\n']) await target().report(kase, csv);
      expect(readFileSync(join(there('reported'), `delivery-report.${kase.id}.csv`), 'utf8')).to.equal('1\r\n2\r\n');
    });

    it('never touches a file of another that has the name of an object', async () => {
      const kase = aCase({ folder: 'taken' });
      const foreign = join(there('taken'), 'RD.001.2.25.1.dcm');
      mkdirSync(dirname(foreign));
      writeFileSync(foreign, 'another one');
      // The parent was made by root: the server's user may read, and could not write.
      const failure = await rejection(target().deliver(kase, dose(), NEVER));
      expect(failure).to.include({ severity: 'permanent', code: 'upload.uid-conflict' });
      expect((failure as Error).message).to.contain('another object under the name');
      expect(readFileSync(foreign, 'utf8')).to.equal('another one');
    });

    it('holds the case where it may not write', async () => {
      const failure = await rejection(target({ path: '/{sopInstanceUid}.dcm' }).deliver(aCase(), dose(), NEVER));
      expect(failure).to.include({ severity: 'operator', code: 'upload.auth' });
    });

    it('holds the case when the disk there is full, leaves nothing there, and goes on when there is room', async () => {
      const small = server.mountSmall(2);
      const fill = join(small, 'filled');
      writeFileSync(fill, Buffer.alloc(1_500_000));
      const sftp = target({ path: '/small/{sopInstanceUid}.dcm' });
      const object = largeDose();
      const sized = { ...object };
      const failure = await rejection(sftp.deliver(aCase(), sized, NEVER));
      expect(failure).to.include({ severity: 'operator', code: 'disk.full' });
      expect(readdirSync(small)).to.deep.equal(['filled']);
    });

    it('finds out about a full disk with a small report too', async () => {
      writeFileSync(join(server.inbox, '..', 'small', 'rest'), '');
      const fill = (): void => {
        for (let size = 65_536; size >= 1; size = Math.floor(size / 2)) {
          try {
            writeFileSync(join(server.inbox, '..', 'small', 'rest'), Buffer.alloc(size), { flag: 'a' });
            size *= 2;
          } catch {
            // no room for so much: half of it is tried
          }
        }
      };
      fill();
      const failure = await rejection(
        target({ path: '/small/{sopInstanceUid}.dcm' }).report(aCase(), 'x'.repeat(10_000)),
      );
      expect(failure).to.include({ severity: 'operator', code: 'disk.full' });
    });

    it('sees when a delivered object is gone or was changed', async () => {
      const kase = aCase({ folder: 'audited' });
      const sftp = target();
      const receipt = await sftp.deliver(kase, dose(), NEVER);
      expect(await sftp.audit(kase, [receipt])).to.deep.equal([]);
      writeFileSync(join(there('audited'), 'RD.001.2.25.1.dcm'), 'changed');
      expect((await sftp.audit(kase, [receipt]))[0]).to.contain('has been changed at');
    });

    it('leaves nothing behind when it is tried out', async () => {
      const before = readdirSync(server.inbox).sort();
      expect(await target().check()).to.deep.equal([]);
      expect(readdirSync(server.inbox).sort()).to.deep.equal(before);
    });
  });

  describe('refuses to deliver', () => {
    const secret = (text: string): string => {
      const path = join(temp.path, 'secret');
      writeFileSync(path, text);
      return path;
    };
    const refused = async (change: Partial<SftpOptions>): Promise<CaseError> =>
      (await rejection(target(change).deliver(aCase(), dose(), NEVER))) as CaseError;

    it('to a server that is not known', async () => {
      const failure = await refused({ knownHosts: secret('') });
      expect(failure).to.include({ severity: 'operator', code: 'upload.host-key' });
    });

    it('to a server that shows another key', async () => {
      const { port, knownHosts } = server.options();
      const key = readFileSync(knownHosts, 'utf8').trim().split(' ')[2] ?? '';
      const other = Buffer.from(key, 'base64');
      other[other.length - 1] = (other.at(-1) ?? 0) ^ 1;
      const line = `[127.0.0.1]:${String(port)} ssh-ed25519 ${other.toString('base64')}\n`;
      const failure = await refused({ knownHosts: secret(line) });
      expect(failure).to.include({ severity: 'operator', code: 'upload.host-key' });
      expect((failure as Error).message).to.contain('another key');
    });

    it('as a user the server does not let in', async () => {
      expect(await refused({ user: 'intruder' })).to.include({ severity: 'operator', code: 'upload.auth' });
    });

    it('with a password the server does not take, without ever showing it', async () => {
      const failure = await refused({ keyFile: null, passwordFile: secret('hunter2\n') });
      expect(failure).to.include({ severity: 'operator', code: 'upload.auth' });
      const all = JSON.stringify(failure, Object.getOwnPropertyNames(failure)) + String(failure.stack);
      expect(all).to.not.contain('hunter2');
    });

    it('with a key that is none', async () => {
      expect(await refused({ keyFile: secret('no key') })).to.include({ severity: 'operator', code: 'upload.auth' });
    });

    it('when the variable with the password is not set', async () => {
      const failure = await refused({ keyFile: null, passwordEnv: 'MQI_TEST_NOT_SET' });
      expect(failure).to.include({ severity: 'operator', code: 'upload.auth' });
      expect((failure as Error).message).to.contain('MQI_TEST_NOT_SET');
    });

    it('to nobody: a port that is closed may be open later', async () => {
      const { knownHosts, port } = server.options();
      const line = readFileSync(knownHosts, 'utf8').replace(String(port), '1');
      const failure = await refused({ port: 1, knownHosts: secret(line) });
      expect(failure).to.include({ severity: 'transient', code: 'upload.unavailable' });
    });
  });

  describe('over a line that fails', () => {
    let proxy: FaultyProxy;
    let options: Partial<SftpOptions>;
    beforeEach(async () => {
      const { port, knownHosts } = server.options();
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
        for (const name of filesIn(there('cut')).filter((file) => file.endsWith(`${object.sopInstanceUid}.dcm`))) {
          expect(sha256(join(there('cut'), name)), 'whole under its name').to.equal(object.sha256);
        }
        expect(await sftp.deliver(kase, object, NEVER)).to.include({ status: 'delivered' });
        const files = filesIn(there('cut')).filter((name) => name.includes(object.sopInstanceUid));
        expect(files).to.deep.equal([`RD.001.${object.sopInstanceUid}.dcm`]);
        expect(sha256(join(there('cut'), files[0] ?? ''))).to.equal(object.sha256);
      }
      expect(struck, 'faults that met a delivery').to.be.greaterThan(faults.length / 2);
    });

    for (const [stage, fault] of [
      ['before it greets', { way: 'back', afterBytes: 1, how: 'silence' }],
      ['in the middle of an object', { way: 'there', afterBytes: 500_000, how: 'silence' }],
      ['while it is read back', { way: 'back', afterBytes: 500_000, how: 'silence' }],
    ] as const) {
      it(`gives up a server that falls silent ${stage}`, async () => {
        const sftp = target(options, { connectMs: 500, answerMs: 500, idleMs: 20 });
        proxy.next(fault);
        const failure = await rejection(sftp.deliver(aCase(), largeDose(), NEVER));
        expect(failure).to.include({ severity: 'transient', code: 'upload.unavailable' });
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
      const sending = target(options, { ...LIMITS, answerMs: 700 }).deliver(aCase(), largeDose(), stop.signal);
      setTimeout(() => {
        stop.abort(new Error('stopping'));
      }, 100);
      expect(await rejection(sending)).to.equal(stop.signal.reason);
    });

    it('takes up a new connection when the server has ended the one that was kept', async () => {
      const sftp = target({}, { ...LIMITS, idleMs: 300 });
      await sftp.deliver(aCase(), dose(), NEVER);
      server.dropAll();
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
      expect(filesIn(there('several'))).to.have.length(3);
    });
  });
});
