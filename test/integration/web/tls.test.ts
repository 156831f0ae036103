import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { expect } from 'chai';
import { buildWebApp, type WebApp } from '../../../src/web/build-web-app.js';
import { Certificate } from '../../../src/web/certificate.js';
import { someWebPorts } from '../../builders/some-web-ports.js';
import { tempFolder } from '../../temp-folder.js';
import { until } from '../../until.js';

const TOKEN = 'a-token-for-tests-only-0123';

describe('the web page over TLS', () => {
  const folder = tempFolder();
  const ports = someWebPorts();
  let web: WebApp | null = null;
  let port = 0;

  /** A key and its certificate, for so many days. */
  const make = (name: string, days = 90): void => {
    const at = (end: string): string => join(folder.path, `${name}.${end}`);
    const args = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      `/CN=${name}`,
    ];
    const files = ['-days', String(days), '-keyout', at('key'), '-out', at('crt')];
    execFileSync('openssl', [...args, '-addext', 'subjectAltName=IP:127.0.0.1', ...files], { stdio: 'ignore' });
  };
  const put = (end: 'crt' | 'key', name: string): void => {
    copyFileSync(join(folder.path, `${name}.${end}`), join(folder.path, `live.${end}`));
  };
  const serve = async (minVersion: 'TLSv1.2' | 'TLSv1.3' = 'TLSv1.2'): Promise<void> => {
    const files = { certFile: join(folder.path, 'live.crt'), keyFile: join(folder.path, 'live.key'), minVersion };
    web = await buildWebApp(ports, { token: TOKEN, loopback: true, tls: true }, new Certificate(files, ports.log, 10));
    await web.app.listen({ host: '127.0.0.1', port: 0 });
    ({ port } = web.app.server.address() as AddressInfo);
  };
  beforeEach(() => {
    make('one');
    put('crt', 'one');
    put('key', 'one');
    ports.log.lines.length = 0;
  });
  afterEach(async () => {
    await web?.app.close();
    web = null;
  });

  const peer = (
    maxVersion: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3' = 'TLSv1.3',
  ): Promise<{ name: string; protocol: string }> =>
    new Promise((resolve, reject) => {
      const bounds = { minVersion: maxVersion === 'TLSv1.1' ? 'TLSv1.1' : 'TLSv1.2', maxVersion } as const;
      const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...bounds }, () => {
        resolve({ name: String(socket.getPeerCertificate().subject.CN), protocol: socket.getProtocol() ?? '' });
        socket.destroy();
      });
      socket.on('error', reject);
    });
  const refused = (asked: Promise<unknown>): Promise<boolean> =>
    asked.then(
      () => false,
      () => true,
    );
  const said = (message: string): boolean => ports.log.lines.some((line) => line.message === message);

  it('is trusted by who trusts its certificate, and says to come by TLS from now on', async () => {
    await serve();
    const ca = readFileSync(join(folder.path, 'one.crt'));
    const answer = await new Promise<{ status: number | undefined; hsts: unknown; cookie: unknown }>(
      (resolve, reject) => {
        const options = { method: 'POST', ca, headers: { 'content-type': 'application/json' } };
        const asked = request(`https://127.0.0.1:${String(port)}/api/session`, options, (got) => {
          got.resume();
          const { 'strict-transport-security': hsts, 'set-cookie': cookie } = got.headers;
          resolve({ status: got.statusCode, hsts, cookie: cookie?.[0] });
        });
        asked.on('error', reject).end(JSON.stringify({ token: TOKEN }));
      },
    );
    expect(answer).to.include({ status: 200, hsts: 'max-age=31536000' });
    expect(answer.cookie).to.match(/; HttpOnly; SameSite=Strict; Secure$/);
  });

  it('speaks no version of TLS older than the configured one', async () => {
    await serve();
    expect(await refused(peer('TLSv1.1'))).to.equal(true);
    expect(await peer('TLSv1.2')).to.include({ protocol: 'TLSv1.2' });
    await web?.app.close();
    await serve('TLSv1.3');
    expect(await refused(peer('TLSv1.2'))).to.equal(true);
    expect(await peer()).to.include({ protocol: 'TLSv1.3' });
  });

  it('takes a renewed certificate without a restart, and no half of one', async () => {
    await serve();
    make('two');
    put('crt', 'two');
    await until('the half is noticed', () => said('certificate of the web page not taken'));
    expect((await peer()).name).to.equal('one');
    put('key', 'two');
    await until('it is renewed', () => said('certificate of the web page renewed'));
    expect((await peer()).name).to.equal('two');
    expect(ports.log.lines.filter(({ level }) => level === 'warn')).to.have.length(1);
  });

  it('keeps its version bound after a renewal', async () => {
    await serve('TLSv1.3');
    make('two');
    put('crt', 'two');
    put('key', 'two');
    await until('it is renewed', () => said('certificate of the web page renewed'));
    expect(await refused(peer('TLSv1.2'))).to.equal(true);
  });

  it('warns of a certificate that ends within two weeks', async () => {
    make('short', 5);
    put('crt', 'short');
    put('key', 'short');
    await serve();
    expect(said('certificate of the web page ends soon')).to.equal(true);
  });

  it('does not start with files that cannot be used, saying which options to look at', async () => {
    make('two');
    put('key', 'two');
    const start = await serve().catch((thrown: unknown) => thrown);
    expect(start).to.include({ code: 'web.tls', severity: 'operator' });
    writeFileSync(join(folder.path, 'live.key'), 'no key');
    expect(await serve().catch((thrown: unknown) => thrown)).to.include({ code: 'web.tls' });
  });
});
