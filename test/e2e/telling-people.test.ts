import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { dicomFile, element } from '../builders/dicom-bytes.js';
import { rawIonPlan } from '../builders/raw-ion-plan.js';
import { until } from '../until.js';
import { Service } from './service.js';

interface Posted {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly response: ServerResponse;
}

/** Keeps what is posted and answers nothing by itself. */
async function receiver(): Promise<{ readonly server: Server; readonly url: string; readonly posted: Posted[] }> {
  const posted: Posted[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => posted.push({ headers: request.headers, body, response }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`, posted };
}

describe('a service that tells of its cases', function () {
  this.timeout(90_000);
  let hook: Awaited<ReturnType<typeof receiver>>;
  let collector: Awaited<ReturnType<typeof receiver>>;
  let service: Service;

  before(async () => {
    [hook, collector] = await Promise.all([receiver(), receiver()]);
    const webhook = { url: hook.url, secretFile: 'secret' };
    service = new Service({
      web: { port: 0 },
      logging: { stdout: 'json' },
      telemetry: { otlpUrl: collector.url },
      notifications: { channels: [{ name: 'hook', kind: 'webhook', webhook }] },
    });
    writeFileSync(join(service.root, 'secret'), 'only-for-tests\n');
  });
  after(async () => {
    await service.end();
    for (const { server } of [hook, collector]) {
      server.closeAllConnections();
      server.close();
    }
  });

  /** A folder with two plans, which no rule can choose from. */
  const drop = (folder: string): void => {
    const made = join(service.place, folder);
    mkdirSync(made);
    const another = rawIonPlan({ changes: { '0008,0018': element('0008,0018', 'UI', '1.2.3.4.55') } });
    writeFileSync(join(made, 'RN.1.dcm'), dicomFile(rawIonPlan()));
    writeFileSync(join(made, 'RN.2.dcm'), dicomFile(another));
    renameSync(made, join(service.inbox, folder)); // one alone would be a case to calculate
  };
  const started = (times: number): Promise<unknown> =>
    until('the service to start', () => service.output().split('"service started"').length > times, 30_000);
  const sent = (count: number): Promise<unknown> =>
    until(`${String(count)} messages`, () => hook.posted.length >= count, 30_000);
  const port = (): number => Number(service.log().findLast(({ message }) => message === 'web page served')?.['port']);
  const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${String(port())}${path}`);

  it('sends a message anew, the same and by the same name, when it is killed before the answer', async () => {
    service.start();
    await started(1);
    drop('DOE^JANE');
    await sent(1);
    process.kill(service.pid, 'SIGKILL');
    await service.ended();
    service.start();
    await sent(2);
    const [first, again] = hook.posted as [Posted, Posted];
    expect(again.headers['x-mqi-message']).to.equal(first.headers['x-mqi-message']);
    expect(again.body).to.equal(first.body);
    expect(first.body).to.contain('"event":"rejected"').and.to.contain('plan.several').and.not.to.contain('DOE');
    again.response.writeHead(204).end();
  });

  it('tells of the next case too, and nothing twice', async () => {
    await started(2);
    drop('ROE^JOHN');
    await sent(3);
    hook.posted[2]?.response.writeHead(204).end();
    await until('both to be told', async () =>
      (await (await get('/metrics')).text()).includes('{channel="hook",state="sent"} 2'),
    );
    expect(hook.posted).to.have.length(3);
    expect(hook.posted[2]?.headers['x-mqi-message']).not.to.equal(hook.posted[0]?.headers['x-mqi-message']);
  });

  it('counts its steps, says that it is ready and why, and logs a JSON object per line, naming nobody', async () => {
    const metrics = await (await get('/metrics')).text();
    expect(metrics).to.match(/^mqi_step_seconds_count\{step="validate",outcome="rejected"\} 1$/m);
    expect(metrics).to.match(/^mqi_database_seconds_count\{work="write"\} \d+$/m);
    const ready = await get('/readyz');
    const said = await ready.text();
    expect(ready.status, said).to.equal(200);
    expect(said).to.contain('"words":"the share is there"').and.to.contain('"name":"hosts","state":"ok"');
    const lines = service
      .output()
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('web page: '));
    expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).to.include('info');
    for (const text of [metrics, said, service.output()]) expect(text).not.to.match(/DOE|ROE/);
  });

  it('sends the trace of each run, while the collector that does not answer holds nothing up', async () => {
    const bodies = await until(
      'the spans',
      () => {
        for (const { response } of collector.posted) if (!response.writableEnded) response.writeHead(200).end('{}');
        const all = collector.posted.map(({ body }) => body).join('');
        return all.split('"name":"run"').length > 2 && all;
      },
      40_000,
    );
    expect(bodies)
      .to.contain('"name":"validate"')
      .and.to.contain('plan.several')
      .and.not.to.match(/DOE|ROE/);
  });
});
