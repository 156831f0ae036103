import { expect } from 'chai';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ssh2, { type AuthContext, type Server } from 'ssh2';
import type { SftpOptions } from '../../../src/adapters/uploads/sftp/sftp-options.js';
import { SftpTarget } from '../../../src/adapters/uploads/sftp/sftp-target.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { tempFolder } from '../../temp-folder.js';

const PASSWORD = 'hunter2';
const LIMITS = { connectMs: 5_000, answerMs: 5_000, idleMs: 20 };

/** Lets in who has the password, by one method alone; offers nothing to those who are in. */
class PasswordServer {
  readonly #server: Server;
  readonly #key = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  }).privateKey;
  letIn = 0;

  constructor(method: 'password' | 'keyboard-interactive') {
    this.#server = new ssh2.Server({ hostKeys: [this.#key] }, (client) => {
      client.on('error', () => undefined); // the client may go at any time
      client.on('authentication', (context) => {
        if (context.method !== method) context.reject([method]);
        else this.#ask(context);
      });
      client.on('ready', () => (this.letIn += 1));
      client.on('session', (_accept, reject) => {
        reject();
      });
    });
  }

  /** @returns its port, and its line of known_hosts */
  start(): Promise<{ readonly port: number; readonly known: string }> {
    return new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', () => {
        const { port } = this.#server.address() as { port: number };
        const key = ssh2.utils.parseKey(this.#key);
        if (key instanceof Error) throw key;
        resolve({ port, known: `[127.0.0.1]:${String(port)} ssh-rsa ${key.getPublicSSH().toString('base64')}\n` });
      });
    });
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  #ask(context: AuthContext): void {
    const judge = (given: string | undefined): void => {
      if (given === PASSWORD) context.accept();
      else context.reject();
    };
    if (context.method === 'password') judge(context.password);
    else if (context.method === 'keyboard-interactive') {
      context.prompt([{ prompt: 'Password: ', echo: false }], (answers) => {
        judge(answers[0]);
      });
    }
  }
}

describe('the login at an SFTP server by password', () => {
  const temp = tempFolder();
  for (const method of ['password', 'keyboard-interactive'] as const) {
    it(`works by the method ${method}, from a file or the environment, with an RSA key of the server`, async () => {
      const server = new PasswordServer(method);
      const { port, known } = await server.start();
      const file = (name: string, text: string): string => {
        writeFileSync(join(temp.path, name), text);
        return join(temp.path, name);
      };
      const check = (secret: Partial<SftpOptions>): Promise<readonly string[]> => {
        const options = {
          ...{ host: '127.0.0.1', port, user: 'mqi', keyFile: null, passwordFile: null, passwordEnv: null },
          ...{ knownHosts: file('known', known), path: '{sopInstanceUid}', marker: null },
          ...secret,
        };
        return new SftpTarget({ name: 't', optional: false }, options, new FakeClock(), LIMITS).check();
      };
      process.env.MQI_TEST_PASSWORD = `${PASSWORD}\n`; // as `$(cat file)` of some shells and secrets of clusters have it
      try {
        const right = [{ passwordFile: file('right', `${PASSWORD}\n`) }, { passwordEnv: 'MQI_TEST_PASSWORD' }];
        // Being in is all there is here: the server opens no channel.
        for (const secret of right) expect((await check(secret))[0]).to.contain('opened no SFTP channel');
        expect(server.letIn).to.equal(2);
        expect((await check({ passwordFile: file('wrong', 'other') }))[0]).to.contain('no login');
        expect(server.letIn).to.equal(2);
      } finally {
        delete process.env.MQI_TEST_PASSWORD;
        await server.stop();
      }
    });
  }
});
