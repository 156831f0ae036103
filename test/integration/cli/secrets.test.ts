import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { configJsonSchema } from '../../../src/config/config-json-schema.js';
import { watchProcesses } from '../../process-arguments.js';
import { tempFolder } from '../../temp-folder.js';
import { AHouse } from './a-house.js';

/** Keys that sound like secrets: each was looked at, and is planted below or holds none. */
const SOUNDING = [
  'database.url',
  'execution.hosts[].keyFile',
  'notifications.channels[].email.passwordEnv',
  'notifications.channels[].email.passwordFile',
  'notifications.channels[].webhook.secretEnv',
  'notifications.channels[].webhook.secretFile',
  'notifications.channels[].webhook.url',
  'telemetry.otlpUrl',
  'uploads[].deidentify.keyEnv',
  'uploads[].deidentify.keyFile',
  'uploads[].dicom.tls.key',
  'uploads[].dicomweb.secretEnv',
  'uploads[].dicomweb.secretFile',
  'uploads[].dicomweb.tls.key',
  'uploads[].dicomweb.url',
  'uploads[].sftp.keyFile',
  'uploads[].sftp.passwordEnv',
  'uploads[].sftp.passwordFile',
  'web.tls.keyFile',
];

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

function* keysOf(schema: Schema, path: string): Generator<string> {
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    const at = path === '' ? name : `${path}.${name}`;
    if (/pass|secret|token|credential|key|url|login/i.test(name)) yield at;
    yield* keysOf(inner, at);
  }
  if (schema.items !== undefined) yield* keysOf(schema.items, `${path}[]`);
  for (const one of schema.anyOf ?? []) yield* keysOf(one, path);
}

describe('secrets', () => {
  const folder = tempFolder();
  const planted = [
    'file-pass-7f3a',
    'env-pass-91bc',
    'file-token-55dd',
    'env-token-20ee',
    'db-pass-88aa',
    'key-body-',
    'env-key-4412',
    'hook-path-6a1d',
    'env-hook-73c0',
    'env-mail-0f5b',
  ];

  it('stand under keys that were all looked at: a new one makes this test fail until it is planted here', () => {
    const found = new Set(keysOf(configJsonSchema(), ''));
    expect([...found].sort()).to.deep.equal(SOUNDING);
  });

  it('are in nothing that mqi config show and doctor print, nor in the arguments of any process', async () => {
    const house = new AHouse(folder);
    await house.furnish('harmless');
    const file = (name: string, content: string): string => {
      writeFileSync(join(folder.path, name), content, { mode: 0o600 });
      return join(folder.path, name);
    };
    const pem = `-----BEGIN PRIVATE KEY-----\n${'key-body-'.repeat(7)}\n-----END PRIVATE KEY-----\n`;
    const [key, pass] = [file('key.pem', pem), file('pass', 'file-pass-7f3a\n')];
    const sftp = { host: '127.0.0.1', port: 1, user: 'u', knownHosts: file('known', ''), keyFile: key };
    const web = { url: 'https://127.0.0.1:1/dicom-web' };
    const tls = { ca: key, cert: key, key };
    const uploads = [
      { name: 'a', kind: 'sftp', sftp: { ...sftp, passwordFile: pass } },
      { name: 'b', kind: 'sftp', sftp: { ...sftp, passwordEnv: 'SFTP_WORD' }, deidentify: { keyEnv: 'KEY_WORD' } },
      { name: 'f', kind: 'folder', path: 'f', deidentify: { keyFile: pass } },
      { name: 'c', kind: 'dicomweb', dicomweb: { ...web, tls, secretFile: file('token', 'file-token-55dd\n') } },
      { name: 'd', kind: 'dicomweb', dicomweb: { ...web, user: 'u', secretEnv: 'WEB_WORD' } },
      { name: 'e', kind: 'dicom', dicom: { host: '127.0.0.1', port: 1, calledAeTitle: 'X', tls } },
    ];
    const hook = { url: 'https://127.0.0.1:1/hooks/hook-path-6a1d' };
    const mail = { host: '127.0.0.1', port: 1, from: 'mqi@hospital.test', to: ['physics@hospital.test'], user: 'u' };
    const channels = [
      { name: 'g', kind: 'webhook', webhook: { ...hook, secretFile: pass } },
      { name: 'h', kind: 'webhook', webhook: { ...hook, secretEnv: 'HOOK_WORD' } },
      { name: 'i', kind: 'email', email: { ...mail, passwordFile: pass } },
      { name: 'j', kind: 'email', email: { ...mail, passwordEnv: 'MAIL_WORD' } },
    ];
    house.env = {
      HOOK_WORD: 'env-hook-73c0',
      MAIL_WORD: 'env-mail-0f5b',
      MQI_NOTIFICATIONS_CHANNELS: JSON.stringify(channels),
      SFTP_WORD: 'env-pass-91bc',
      KEY_WORD: 'env-key-4412-0123456789abcdef0123456789abcdef',
      WEB_WORD: 'env-token-20ee',
      MQI_UPLOADS: JSON.stringify(uploads),
      MQI_WEB_TLS_CERT_FILE: key,
      MQI_WEB_TLS_KEY_FILE: key,
      MQI_DATABASE_KIND: 'postgres',
      MQI_DATABASE_CONNECTION_TIMEOUT_SECONDS: '1',
      MQI_DATABASE_URL: 'postgres://mqi:db-pass-88aa@127.0.0.1:1/mqi',
    };
    const seen = watchProcesses(planted);
    const printed = [
      await house.run('config', 'show'),
      await house.run('config', 'show', '--json'),
      await house.run('doctor'),
    ];
    printed.push(await house.run('cases'));
    const running = seen();
    expect(
      printed.map(({ exit }) => exit),
      printed[0]?.err,
    ).to.deep.equal([0, 0, 1, 1]);
    const all = printed.map(({ out, err }) => out + err).join('\n');
    expect(all).to.contain('upload a').and.to.contain('postgres://mqi:***@');
    for (const secret of planted) expect(all, secret).not.to.contain(secret);
    expect(running).to.deep.equal([]);
  });

  it('are not quoted where the configuration is refused for them', async () => {
    const house = new AHouse(folder);
    await house.furnish('harmless');
    const sftp = { host: 'h', user: 'u', knownHosts: 'k', password: 'file-pass-7f3a' };
    const web = { url: 'https://u:env-pass-91bc@h/x' };
    const refused: readonly Record<string, string>[] = [
      { MQI_DATABASE_URL: 'mysql://mqi:db-pass-88aa@h/mqi' },
      { MQI_UPLOADS: JSON.stringify([{ name: 'a', kind: 'sftp', sftp }]) },
      { MQI_UPLOADS: JSON.stringify([{ name: 'a', kind: 'dicomweb', dicomweb: web }]) },
      { MQI_UPLOADS: JSON.stringify([{ name: 'a', kind: 'sftp', sftp }]).slice(0, -1) },
      { MQI_UPLOADS: JSON.stringify([{ name: 'a', kind: 'sftp', token: 'file-token-55dd' }]) },
    ];
    for (const env of refused) {
      house.env = env;
      const { exit, out, err } = await house.run('config', 'check');
      expect(exit, JSON.stringify(env)).to.equal(2);
      for (const secret of planted) expect(out + err, JSON.stringify(env)).not.to.contain(secret);
    }
  });
});
