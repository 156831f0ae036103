import { expect } from 'chai';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SftpOptions } from '../../../src/adapters/uploads/sftp/sftp-options.js';
import type { CaseError } from '../../../src/domain/errors.js';
import { aCase } from '../../builders/a-case.js';
import { rejection } from '../../rejection.js';
import { deliveredIn, sftpDelivery, sha256Of } from '../../sftp-delivery.js';
import { tempFolder } from '../../temp-folder.js';

const NEVER = new AbortController().signal;

describe('delivery to an SFTP server', function () {
  const temp = tempFolder();
  const { server, target, dose, largeDose, there } = sftpDelivery(temp);

  describe('into an OpenSSH that lets its users do nothing but SFTP', () => {
    it('puts each object there whole, under a name of its own, and nothing else', async () => {
      const kase = aCase({ folder: 'plain' });
      const sftp = target();
      const objects = [largeDose('2.25.1'), dose({ sopInstanceUid: '2.25.2', beamNumber: null })];
      for (const object of objects) await sftp.deliver(kase, object, NEVER);
      await sftp.finish(kase, []);
      expect(deliveredIn(there('plain'))).to.have.members(['RD.001.2.25.1.dcm', 'RD.plan.2.25.2.dcm']);
      expect(sha256Of(join(there('plain'), 'RD.001.2.25.1.dcm'))).to.equal(objects[0]?.sha256);
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
      expect(deliveredIn(there('marked')).filter((name) => name.endsWith('.part'))).to.deep.equal([]);
    });

    it('leaves the marker of a later run alone when an earlier one is delivered again, and replaces any other', async () => {
      const sftp = target({ marker: 'READY' });
      const runs = [1, 2, 3].map((run) => aCase({ id: `run${String(run)}`, folder: 'rerun', run }));
      const finish = async (n: number): Promise<number> => {
        await sftp.deliver(runs[n]!, dose({ sopInstanceUid: `2.25.${String(n + 70)}` }), NEVER);
        await sftp.finish(runs[n]!, []);
        return (JSON.parse(readFileSync(join(there('rerun'), 'READY'), 'utf8')) as { run: number }).run;
      };
      expect([await finish(0), await finish(1), await finish(0), await finish(2), await finish(1)]).to.deep.equal([
        1, 2, 2, 3, 3,
      ]);
      writeFileSync(join(there('rerun'), 'READY'), 'of somebody else');
      expect(await finish(0)).to.equal(1);
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
      const small = server().mountSmall(6);
      const fill = join(small, 'filled');
      writeFileSync(fill, Buffer.alloc(5_000_000));
      const sftp = target({ path: '/small/{sopInstanceUid}.dcm' });
      const object = largeDose();
      const failure = await rejection(sftp.deliver(aCase(), object, NEVER));
      expect(failure).to.include({ severity: 'operator', code: 'disk.full' });
      expect(readdirSync(small)).to.deep.equal(['filled']);
      rmSync(fill);
      expect(await sftp.deliver(aCase(), object, NEVER)).to.include({ status: 'delivered' });
    });

    it('finds out about a full disk with a small report too', async () => {
      writeFileSync(join(server().inbox, '..', 'small', 'rest'), '');
      const fill = (): void => {
        for (let size = 65_536; size >= 1; size = Math.floor(size / 2)) {
          try {
            writeFileSync(join(server().inbox, '..', 'small', 'rest'), Buffer.alloc(size), { flag: 'a' });
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

    it('says of a name that no file system takes that the template must change, and is not called down for it', async () => {
      const kase = aCase({ folder: '가'.repeat(64), planLabel: '비밀계획서류번호가나다라마바' });
      const long = target({ path: '/in/{folder}-{planLabel}-{sopInstanceUid}.dcm' });
      const failure = await rejection(long.deliver(kase, dose(), NEVER));
      expect(failure).to.include({ severity: 'permanent', code: 'upload.bad-name' });
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
      const before = readdirSync(server().inbox).sort();
      expect(await target().check()).to.deep.equal([]);
      expect(readdirSync(server().inbox).sort()).to.deep.equal(before);
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
      const { port, knownHosts } = server().options();
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
      const { knownHosts, port } = server().options();
      const line = readFileSync(knownHosts, 'utf8').replace(String(port), '1');
      const failure = await refused({ port: 1, knownHosts: secret(line) });
      expect(failure).to.include({ severity: 'transient', code: 'upload.unavailable' });
    });
  });
});
