import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { watchProcesses } from '../process-arguments.js';
import { until } from '../until.js';
import { Service } from './service.js';

/** What is planted, by the variable or file that holds it. Each is unlike any other text, and in more than one base64 form. */
const IN_FILES = {
  'sftp-word': 'Qx7-sftp-file-word-41d0',
  'web-token-file': 'Qx7-bearer-token-file-8c35',
  'web-word': 'Qx7-basic-file-word-b27e',
  'pseudonym-key': 'Qx7-pseudonym-key-file-0123456789-5f1a',
  'hook-secret': 'Qx7-hook-secret-file-93ce',
  'mail-word': 'Qx7-mail-file-word-d4a8',
} as const;
const IN_ENVIRONMENT = {
  A_SFTP_WORD: 'Qx7-sftp-env-word-6e02',
  A_WEB_WORD: 'Qx7-bearer-env-token-17fb',
  A_KEY: 'Qx7-pseudonym-key-env-0123456789-c0d9',
  A_HOOK: 'Qx7-hook-env-secret-2ab6',
  A_MAIL: 'Qx7-mail-env-word-e871',
} as const;
const HOOK_PATH = 'Qx7-hook-path-7d44';
const PEM_BODY = 'Qx7PemBody0123456789';

/** A server that says aloud whatever it is told: with the status 401 or 500, in the reason and in the body. */
async function tattler(heard: string[]): Promise<Server> {
  const server = createServer((request, answer) => {
    const told = `${request.url ?? ''} ${request.headers.authorization ?? ''}`;
    heard.push(told);
    request.resume();
    request.once('end', () => {
      const plain = Buffer.from(told.split('Basic ')[1] ?? '', 'base64').toString('utf8');
      answer.statusCode = request.url?.includes('dicom-web') === true ? 401 : 500;
      answer.statusMessage = `no ${told}`;
      answer.end(`no ${told} ${plain}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

describe('secrets of a service at work', function () {
  this.timeout(120_000);
  const heard: string[] = [];
  let server: Server;
  let service: Service;
  let port: number;
  let token: string;
  let running: () => readonly string[];
  /** All that anybody could read, by where. */
  const said = new Map<string, string>();

  const secrets = (): readonly string[] => [
    ...Object.values(IN_FILES),
    ...Object.values(IN_ENVIRONMENT),
    HOOK_PATH,
    PEM_BODY,
    token,
  ];

  before(async () => {
    server = await tattler(heard);
    const base = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const optional = true;
    const sftp = { host: '127.0.0.1', port: 1, user: 'u', knownHosts: 'secrets/known', path: '{folder}/{beamNumber}' };
    const url = `${base}/dicom-web`;
    const tls = { ca: 'secrets/pem', cert: 'secrets/pem', key: 'secrets/pem' };
    const dicom = { host: '127.0.0.1', port: 1, calledAeTitle: 'X', tls };
    const hook = { url: `${base}/${HOOK_PATH}` };
    const mail = { host: '127.0.0.1', port: 1, from: 'a@b.test', to: ['c@d.test'], user: 'u' };
    service = new Service({
      web: { port: 0 },
      logging: { stdout: 'json' },
      uploads: [
        { name: 'outbox', kind: 'folder', path: 'outbox' },
        { name: 'a', kind: 'sftp', optional, sftp: { ...sftp, passwordFile: 'secrets/sftp-word' } },
        { name: 'b', kind: 'sftp', optional, sftp: { ...sftp, passwordEnv: 'A_SFTP_WORD' } },
        { name: 'c', kind: 'dicomweb', optional, dicomweb: { url, secretFile: 'secrets/web-token-file' } },
        { name: 'd', kind: 'dicomweb', optional, dicomweb: { url, secretEnv: 'A_WEB_WORD' } },
        { name: 'e', kind: 'dicomweb', optional, dicomweb: { url, user: 'u', secretFile: 'secrets/web-word' } },
        { name: 'f', kind: 'dicom', optional, dicom },
        { name: 'g', kind: 'folder', path: 'g', deidentify: { keyFile: 'secrets/pseudonym-key' } },
        { name: 'h', kind: 'folder', path: 'h', deidentify: { keyEnv: 'A_KEY' } },
        { name: 'i', kind: 'command', optional, command: { argv: ['sh', '-c', 'env; exit 3', 'x', '{file}'] } },
      ],
      notifications: {
        channels: [
          {
            name: 'k',
            kind: 'webhook',
            events: ['completed'],
            webhook: { ...hook, secretFile: 'secrets/hook-secret' },
          },
          { name: 'l', kind: 'webhook', events: ['completed'], webhook: { ...hook, secretEnv: 'A_HOOK' } },
          { name: 'm', kind: 'email', events: ['completed'], email: { ...mail, passwordFile: 'secrets/mail-word' } },
          { name: 'n', kind: 'email', events: ['completed'], email: { ...mail, passwordEnv: 'A_MAIL' } },
        ],
      },
    });
    const folder = join(service.root, 'secrets');
    mkdirSync(folder);
    const pem = `-----BEGIN PRIVATE KEY-----\n${PEM_BODY.repeat(3)}\n-----END PRIVATE KEY-----\n`;
    for (const [name, content] of Object.entries({ ...IN_FILES, pem, known: '' })) {
      writeFileSync(join(folder, name), `${content}\n`, { mode: 0o600 });
    }
    Object.assign(process.env, IN_ENVIRONMENT);
    running = watchProcesses([...Object.values(IN_FILES), ...Object.values(IN_ENVIRONMENT), HOOK_PATH, PEM_BODY]);
    service.start();
    const line = await until(
      'the page is served',
      () =>
        service
          .output()
          .split('\n')
          .find((one) => one.includes('"web page served"') && one.endsWith('}')),
      30_000,
    );
    port = (JSON.parse(line) as { readonly port: number }).port;
    token = readFileSync(join(service.root, 'web-token'), 'utf8').trim();
    const made = join(service.place, 'made');
    await service.mqi('make-case', made, '--seed', '1', '--beams', '1', '--layers', '2', '--spots', '4');
    renameSync(made, join(service.inbox, 'A'));
    await service.untilEnded(['A']);
  });
  after(async () => {
    for (const name of Object.keys(IN_ENVIRONMENT)) Reflect.deleteProperty(process.env, name);
    await service.end();
    server.closeAllConnections();
    server.close();
  });

  const get = async (path: string): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${String(port)}${path}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return `${JSON.stringify([...answer.headers])}\n${await answer.text()}`;
  };

  it('were used: what was meant for the servers came to them, and the case went where it could', async () => {
    const all = () => heard.join('\n');
    await until('both tokens, the login and the path of the hook are heard', () =>
      [IN_FILES['web-token-file'], IN_ENVIRONMENT.A_WEB_WORD, 'Basic ', HOOK_PATH].every((one) => all().includes(one)),
    );
    const kase = (await service.cases()).find(({ folder }) => folder === 'A');
    expect(kase?.state).to.equal('completed');
  });

  it('are in no answer of the interface, whoever asks', async () => {
    const { id } = (await service.cases())[0]!;
    // A server has heard a request before the service has its answer, and a target with wrong files hears none.
    await until('what was found of the targets is shown', async () => {
      const shown = await get('/api/targets');
      return shown.includes('401') && shown.includes('the files of its tls cannot be used');
    });
    const { paths } = JSON.parse((await get('/openapi.json')).split('\n').slice(1).join('\n')) as {
      readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    };
    const values: Readonly<Record<string, string>> = { id, beamNumber: '1', n: '1' };
    const asked = Object.entries(paths).filter(([path, verbs]) => 'get' in verbs && !path.includes('events'));
    for (const [path] of asked) {
      const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '1');
      said.set(`GET ${filled}`, await get(filled));
    }
    expect(asked.length).to.be.greaterThan(15);
    for (const path of ['/', '/metrics', '/readyz', '/healthz', '/web-token', '/secrets/pem']) {
      said.set(`GET ${path}`, await get(path));
    }
    const post = await fetch(`http://127.0.0.1:${String(port)}/api/cases/${id}/deliver`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ target: 'none' }),
    });
    said.set('POST deliver', await post.text());
    expect(said.get('GET /api/targets')).to.contain('401').and.to.contain('the files of its tls cannot be used');
    expect(said.get('GET /metrics')).to.contain('mqi_');
    expectNone();
  });

  it('are in nothing that the command line prints, error texts included', async () => {
    const { id } = (await service.cases())[0]!;
    const commands = [
      ['config', 'show'],
      ['case', id],
      ['targets'],
      ['logs', id],
      ['pseudonyms'],
      ['audit', 'list'],
      ['deliver', id, '--target', 'c'],
      ['deliver', id, '--target', 'nowhere'],
      ['notify', 'test'],
    ];
    for (const words of commands) {
      said.set(words.join(' '), await service.mqi(...words).catch((thrown: unknown) => (thrown as Error).message));
    }
    expect(said.get('config show')).to.contain('A_WEB_WORD');
    expectNone();
  });

  it('are in no bundle for support, which holds what doctor says', async () => {
    const path = join(service.place, 'bundle.tar.gz');
    await service.mqi('support-bundle', '--output', path);
    said.set('bundle', execFileSync('tar', ['-xzOf', path], { encoding: 'utf8', maxBuffer: 2 ** 28 }));
    expect(said.get('bundle')).to.contain('answered with HTTP status 401');
    expectNone();
  });

  it('are in no log, nor in any file of the root but those that hold them', async () => {
    await service.stop(); // while it works files come and go
    said.set('what it printed', service.output());
    const files = readdirSync(service.root, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
    for (const file of files) {
      const path = join(file.parentPath, file.name);
      if (path.includes('/secrets/') || file.name === 'web-token') continue;
      said.set(path, readFileSync(path, 'latin1'));
    }
    expect([...said.keys()].some((path) => path.endsWith('mqi.log'))).to.equal(true);
    expect([...said.keys()].some((path) => path.endsWith('mqi.sqlite'))).to.equal(true);
    expectNone();
  });

  it('were in the arguments of no process', () => {
    expect(running()).to.deep.equal([]);
  });

  /** Plain, in base64 at each of its three places, and as an address spells them. */
  function expectNone(): void {
    const leaks = [...said].flatMap(([where, text]) =>
      secrets().flatMap((secret) => {
        const forms = [secret, encodeURIComponent(secret), ...inBase64(secret), ...inBase64(`u:${secret}`)];
        return forms.some((form) => text.includes(form)) ? [`${secret} in ${where}`] : [];
      }),
    );
    expect(leaks).to.deep.equal([]);
  }
});

/** What of a text stands in base64 however much comes before it: without the signs that its neighbours decide too. */
const inBase64 = (text: string): readonly string[] =>
  [0, 1, 2].map((before) => {
    const whole = Buffer.from(`${'\0'.repeat(before)}${text}`).toString('base64');
    return whole.replace(/=+$/, '').slice(before === 0 ? 0 : before + 1, -1);
  });
