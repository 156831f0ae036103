import { request } from 'node:http';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { SettingsSchema } from '../../../src/config/settings.js';
import { Readiness } from '../../../src/workflow/readiness.js';
import { CaseError } from '../../../src/domain/errors.js';
import { Folders } from '../../../src/domain/folders.js';
import { WebServer } from '../../../src/web/web-server.js';
import { aCase } from '../../builders/a-case.js';
import { someWebPorts } from '../../builders/some-web-ports.js';
import { freePort } from '../../free-port.js';
import { tempFolder } from '../../temp-folder.js';

describe('the web server', () => {
  const folder = tempFolder();
  const ports = someWebPorts();
  const servers: WebServer[] = [];

  const server = (web: object = {}): WebServer => {
    const settings = SettingsSchema.parse({ web: { port: 0, ...web } });
    const folders = new Folders(folder.path, join(folder.path, 'inbox'));
    const { queries, control, deliveries, inboxes, pictures, files, logs, clock, log, users, audit } = ports;
    const { lists, history, disk, diskHistory, metrics } = ports;
    const readiness = new Readiness(queries, inboxes, disk, settings);
    const acting = [queries, control, deliveries, inboxes, pictures, files, logs, clock, log, users, audit] as const;
    const made = new WebServer(settings, folders, ...acting, lists, history, disk, diskHistory, metrics, readiness);
    servers.push(made);
    return made;
  };
  afterEach(async () => {
    for (const one of servers.splice(0)) await one.stop();
  });
  const refusal = async (started: Promise<unknown>): Promise<string> => {
    const thrown: unknown = await started.catch((error: unknown) => error);
    expect(thrown).to.be.instanceOf(CaseError);
    return (thrown as CaseError).code;
  };

  it('serves the page and, with the token of the root, the cases', async () => {
    const { address, pageUrl } = await server().start();
    const token = readFileSync(join(folder.path, 'web-token'), 'utf8').trim();
    expect(pageUrl).to.equal(`${address}#token=${token}`);
    expect(await (await fetch(address)).text()).to.contain('<title>MQI Communicator</title>');
    expect((await fetch(`${address}api/cases`)).status).to.equal(401);
    const answer = await fetch(`${address}api/cases`, { headers: { authorization: `Bearer ${token}` } });
    expect(Object.keys((await answer.json()) as object)).to.deep.equal(['cases', 'total']);
  });

  it('never writes the token to the log', async () => {
    await server().start();
    const token = readFileSync(join(folder.path, 'web-token'), 'utf8').trim();
    expect(JSON.stringify(ports.log.lines)).not.to.contain(token);
  });

  it('tells a listening page of a change, and lets go of it when it stops', async () => {
    const web = server({ auth: 'none' });
    const { address } = await web.start();
    const answer = await fetch(`${address}api/events`);
    expect(answer.headers.get('content-type')).to.equal('text/event-stream');
    expect(answer.headers.get('content-security-policy')).to.contain("default-src 'none'");
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    let heard = '';
    const hear = async (text: string): Promise<void> => {
      while (!heard.includes(text)) {
        const { done, value } = (await reader?.read()) ?? { done: true };
        if (done) throw new Error(`the stream ended before ${text}`);
        heard += value;
      }
    };
    await hear('event: hello');
    // The first look is the starting point; what changes from then on is told.
    const kase = aCase();
    const changing = setInterval(() => {
      ports.tables.cases.set(kase.id, { ...kase, progress: Math.random() * 100 });
      web.changed();
    }, 10);
    await hear(`event: change\ndata: {"cases":["${kase.id}"]}`);
    clearInterval(changing);
    await web.stop();
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) heard += part.value;
  });

  it('frees the port when it stops, also with open connections', async () => {
    const port = await freePort();
    const web = server({ port });
    const { address } = await web.start();
    await fetch(`${address}healthz`);
    await web.stop();
    const again = await server({ port }).start();
    expect(again.address).to.equal(address);
  });

  it('refuses a port that is taken, saying so', async () => {
    const { address } = await server().start();
    expect(await refusal(server({ port: Number(new URL(address).port) }).start())).to.equal('web.port-taken');
  });

  it('refuses an address that is not of this machine', async () => {
    expect(await refusal(server({ host: '192.0.2.1', insecure: true }).start())).to.equal('web.cannot-listen');
  });

  it('is not reached from other machines without login and encryption', async () => {
    expect(await refusal(server({ host: '0.0.0.0' }).start())).to.equal('web.unprotected');
    expect(await refusal(server({ host: '0.0.0.0', auth: 'none' }).start())).to.equal('web.unprotected');
  });

  it('is so only by explicit leave, of which the log warns and the page hears', async () => {
    const { address } = await server({ host: '0.0.0.0', auth: 'none', insecure: true }).start();
    const session = await fetch(`${address.replace('0.0.0.0', '127.0.0.1')}api/session`);
    expect(await session.json()).to.include({ insecure: true, auth: 'none', role: 'admin' });
    expect(ports.log.lines.map(({ message }) => message)).to.contain('web page served without protection');
  });

  it('answers no name but loopback ones, over a real connection', async () => {
    const { address } = await server({ auth: 'none' }).start();
    const status = await new Promise((resolve, reject) => {
      request(`${address}api/cases`, { headers: { host: 'evil.example' } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).to.equal(403);
  });
});
