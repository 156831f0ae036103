import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import { DicomWebTarget } from '../../../src/adapters/uploads/dicomweb-target.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { tempFolder } from '../../temp-folder.js';

describe('DICOMweb target: its login', () => {
  const temp = tempFolder();
  let server: Server;
  let seen: (string | undefined)[];
  beforeEach(async () => {
    seen = [];
    server = createServer(({ headers }, answer) => {
      seen.push(headers.authorization);
      answer.writeHead(204).end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    delete process.env.MQI_TEST_SECRET;
  });

  /** What doctor says of it. */
  const check = (user: string | null, secret: string, where: 'file' | 'variable'): Promise<readonly string[]> => {
    const secretFile = join(temp.path, 'secret');
    writeFileSync(secretFile, secret);
    process.env.MQI_TEST_SECRET = secret;
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : null;
    const options = { name: 'w', url: `http://127.0.0.1:${String(port)}`, tls: null, timeoutSeconds: 10, user };
    const rules = { verify: 'qido', warnings: 'delivered' } as const;
    const place =
      where === 'file' ? { secretFile, secretEnv: null } : { secretFile: null, secretEnv: 'MQI_TEST_SECRET' };
    return new DicomWebTarget({ ...options, ...rules, ...place }, new FakeClock()).check();
  };
  const basic = (words: string): string => `Basic ${Buffer.from(words).toString('base64')}`;

  for (const where of ['file', 'variable'] as const) {
    it(`is the first line of its ${where}, sign by sign, whatever ends it`, async () => {
      for (const end of ['', '\n', '\r\n', '\nanother line\n']) {
        expect(await check('svc', ` pä:s"$ö ${end}`, where)).to.deep.equal([]);
        expect(await check(null, `eyJh.b-c_d=${end}`, where)).to.deep.equal([]);
      }
      expect(new Set(seen)).to.deep.equal(new Set([basic('svc: pä:s"$ö '), 'Bearer eyJh.b-c_d=']));
    });
  }

  it('is said to be wrong where no header takes it, instead of the server to be away, and is not told', async () => {
    const [problem] = await check(null, 'geheim\u{1F511}', 'variable');
    expect(problem).to.match(/its password or token has signs in it that no token has/);
    expect([problem!.includes('geheim'), seen]).to.deep.equal([false, []]);
    expect((await check('svc', '\n', 'file'))[0]).to.match(/cannot be read/);
  });
});
