import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { expect } from 'chai';
import { checkCertificates } from '../../../../src/cli/doctor/certificate-checks.js';
import { checkForecast } from '../../../../src/cli/doctor/disk-checks.js';
import { checkUploadProgram } from '../../../../src/cli/doctor/engine-checks.js';
import { finding, fine } from '../../../../src/cli/doctor/finding.js';
import { checkSecretFiles } from '../../../../src/cli/doctor/secret-file-checks.js';
import { checkAudit } from '../../../../src/cli/doctor/service-checks.js';
import { checkTimeZone } from '../../../../src/cli/doctor/time-zone-check.js';
import { SettingsSchema, type Settings } from '../../../../src/config/settings.js';
import { FakeDiskHistory } from '../../../fakes/fake-disk-history.js';
import { tempFolder } from '../../../temp-folder.js';

const DAY = 86_400_000;

describe('mqi doctor on what surrounds the service', () => {
  const folder = tempFolder();
  const settings = (given: object): Settings => SettingsSchema.parse({ root: folder.path, ...given });
  const file = (name: string, mode: number): string => {
    writeFileSync(join(folder.path, name), 'x\n');
    chmodSync(join(folder.path, name), mode);
    return join(folder.path, name);
  };

  it('cuts a check that hangs, and says so', async () => {
    const [found] = await finding('share', () => new Promise(() => undefined), 20);
    expect(found).to.include({ result: 'fail', message: 'no answer within 0.02 s' });
    expect(await finding('share', () => Promise.resolve(fine('share', 'is there')), 20)).to.have.length(1);
  });

  it('fails for a token, a user file or a password that everybody may read, warns where the group may', async () => {
    const dicomweb = { url: 'https://pacs/dicom-web', secretFile: file('secret', 0o600) };
    const upload = settings({ uploads: [{ name: 'pacs', kind: 'dicomweb', dicomweb }] });
    const results = async (): Promise<readonly string[]> =>
      (await checkSecretFiles(upload, {})).map(({ result, message }) => `${result} ${message.split(':')[0] ?? ''}`);
    expect((await results())[0]).to.match(/^ok/);
    for (const name of ['web-token', 'users.json']) file(name, 0o644);
    file('secret', 0o640);
    expect(await results()).to.deep.equal(['warn uploads.0.dicomweb.secretFile', 'fail web-token', 'fail users.json']);
  });

  it('warns where everybody may read what names patients, unless the root keeps them out', async () => {
    const path = file('mqi.sqlite', 0o644);
    mkdirSync(join(folder.path, 'work'), { recursive: true, mode: 0o755 });
    chmodSync(folder.path, 0o755);
    const open = await checkSecretFiles(settings({ database: { path } }), {});
    expect(open).to.have.length(1);
    expect(open[0]).to.include({ result: 'warn' });
    expect(open[0]?.message).to.contain('may read the database and the work folder');
    chmodSync(folder.path, 0o750);
    expect((await checkSecretFiles(settings({ database: { path } }), {}))[0]).to.include({ result: 'ok' });
    chmodSync(folder.path, 0o755);
    chmodSync(path, 0o640);
    chmodSync(join(folder.path, 'work'), 0o750);
    expect((await checkSecretFiles(settings({ database: { path } }), {}))[0]).to.include({ result: 'ok' });
  });

  it('fails where a secret file is missing, warns where a variable is not set', async () => {
    const dicomweb = { url: 'https://pacs/dicom-web', secretEnv: 'PACS_TOKEN', secretFile: join(folder.path, 'none') };
    const upload = settings({ uploads: [{ name: 'pacs', kind: 'dicomweb', dicomweb }] });
    const results = (await checkSecretFiles(upload, {})).map(({ result }) => result);
    expect([...results].sort()).to.deep.equal(['fail', 'warn']);
    const set = await checkSecretFiles(upload, { PACS_TOKEN: 'something' });
    expect(set.map(({ result }) => result)).to.deep.equal(['fail']);
  });

  it('tells when the certificates of the page and of a target end', async () => {
    const [key, cert] = [join(folder.path, 'key.pem'), join(folder.path, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-days', '100', '-keyout', key, '-out', cert];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', ...subject],
      {
        stdio: 'ignore',
      },
    );
    const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${String((server.address() as AddressInfo).port)}/dicom-web`;
    const uploads = [{ name: 'pacs', kind: 'dicomweb', dicomweb: { url } }];
    const both = settings({ web: { tls: { certFile: cert, keyFile: key } }, uploads });
    const results = async (inDays: number): Promise<readonly string[]> =>
      (await checkCertificates(both, Date.now() + inDays * DAY)).map(({ result }) => result);
    try {
      expect(await results(0)).to.deep.equal(['ok']);
      expect(await results(80)).to.deep.equal(['warn', 'warn']);
      expect(await results(101)).to.deep.equal(['fail', 'fail']);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    writeFileSync(cert, 'nothing of the kind');
    expect((await results(0))[0]).to.equal('fail');
  });

  it('warns of a time zone that is not known, and of a disk that is full within a fortnight', async () => {
    expect(checkTimeZone('Europe/Berlin', 0).result).to.equal('ok');
    expect(checkTimeZone(undefined, 0).result).to.equal('ok');
    expect(checkTimeZone('Europe/Heidelbreg', 0).result).to.equal('warn');
    const history = new FakeDiskHistory();
    history.samples = Array.from({ length: 48 }, (_, hour) => ({
      at: hour * 3_600_000,
      freeBytes: (100 - hour) * 2 ** 30,
    }));
    const line = await checkForecast(settings({}), history, 48 * 3_600_000);
    expect([line.result, line.message]).to.deep.equal([
      'warn',
      `down to the limit in a day, 24.0 GiB a day (${folder.path})`,
    ]);
    history.samples = [];
    expect((await checkForecast(settings({}), history, 0)).result).to.equal('ok');
  });

  it('fails where the audit trail does not hold together, and where the program of a target is missing', async () => {
    const sound = { head: { seq: 3, hash: 'h' }, anchors: 3, findings: [] };
    expect((await checkAudit({ verify: () => Promise.resolve(sound) })).result).to.equal('ok');
    const findings = [{ seq: 2, problem: 'changed' }] as never;
    expect((await checkAudit({ verify: () => Promise.resolve({ ...sound, findings }) })).result).to.equal('fail');
    const upload = (argv: string[]): Settings['uploads'][number] =>
      settings({ uploads: [{ name: 'own', kind: 'command', command: { argv } }] })
        .uploads[0] as Settings['uploads'][number];
    expect((await checkUploadProgram(upload(['/bin/sh']), '')).result).to.equal('ok');
    expect((await checkUploadProgram(upload(['no-such-program']), '/bin')).result).to.equal('fail');
  });
});
