import { open, truncate, writeFile, type FileHandle } from 'node:fs/promises';
import { request, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import { buildWebApp, type WebApp } from '../../../src/web/build-web-app.js';
import { Certificate } from '../../../src/web/certificate.js';
import { httpServer, PATIENCE, type Patience } from '../../../src/web/http-server.js';
import type { CutOff } from '../../../src/ports/metrics.js';
import { aCase } from '../../builders/a-case.js';
import { someWebPorts, type SomeWebPorts } from '../../builders/some-web-ports.js';
import { certificate } from '../../certificates.js';
import { tempFolder } from '../../temp-folder.js';
import { until } from '../../until.js';

const HEAD = 'HTTP/1.1\r\nhost: 127.0.0.1\r\n';
/** Of a slow reader, who takes more than a second for 16 MiB. */
const BYTES_PER_MS = 12_000;
/** As the service has it, but soon. */
const SOON: Patience = { ...PATIENCE, unreadMs: 300, lookMs: 30, connectionsCheckingInterval: 30 };
const MIB = 2 ** 20;

/** Over real connections: what a client does that holds, by malice or because its notebook was shut, what it never takes. */
describe('clients of the web page that take nothing, or give nothing', function () {
  this.timeout(30_000);
  const folder = tempFolder();
  const clients: Socket[] = [];
  const closing: (() => Promise<unknown>)[] = [];

  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    for (const close of closing.splice(0)) await close();
  });
  const keep = <S extends Socket>(client: S): S => {
    clients.push(client);
    return client.on('error', () => undefined);
  };
  const portOf = (server: Server): number => (server.address() as AddressInfo).port;
  /** Connects and asks, and never reads a byte of the answer. */
  const asking = (port: number, text: string): Socket => {
    const client = keep(connect(port, '127.0.0.1')).pause();
    client.write(text);
    return client;
  };
  /** Of a client that does read: all that comes until the connection ends. */
  const heardBy = (client: Socket): Promise<string> =>
    new Promise((resolve) => {
      let heard = '';
      client
        .on('data', (bytes: Buffer) => (heard += bytes.toString()))
        .on('close', () => {
          resolve(heard);
        });
    });
  const serving = async (
    ports: SomeWebPorts,
    patience: Partial<Patience> = {},
    tls: Certificate | null = null,
  ): Promise<{ web: WebApp; port: number; server: Server; held: Socket[] }> => {
    const rule = { token: null, loopback: true, auth: 'none', tls: tls !== null } as const;
    const web = await buildWebApp(ports, rule, tls, { ...SOON, ...patience });
    closing.push(() => {
      web.endStreams();
      return web.app.close();
    });
    await web.app.listen({ host: '127.0.0.1', port: 0 });
    const { server } = web.app;
    const held: Socket[] = [];
    server.on('connection', (socket: Socket) => held.push(socket));
    return { web, server, port: portOf(server), held };
  };
  const aCertificate = ({ log }: SomeWebPorts): Certificate => {
    const { cert, key } = certificate(folder.path, 'page');
    return new Certificate({ certFile: cert, keyFile: key, minVersion: 'TLSv1.2' }, log);
  };
  const counted = async ({ metrics }: SomeWebPorts, why: CutOff): Promise<number> => {
    const line = new RegExp(String.raw`^mqi_web_cut_off_total\{why="${why}"\} (\d+)$`, 'm');
    return Number(line.exec(await metrics.text())?.[1]);
  };
  const listening = (port: number): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const asked = request({ port, path: '/api/events', agent: false }, resolve).on('error', reject);
      asked.on('socket', keep).end();
    });

  it('a page that listens and never reads is cut off, with memory bounded; another one hears every change', async () => {
    const ports = someWebPorts();
    // So that the few megabytes which the system holds for each connection are soon full.
    const ids = Array.from({ length: 300 }, (_, i) => `c${String(i)}-`.padEnd(1000, 'x'));
    const change = (progress: number): void => {
      for (const id of ids) ports.tables.cases.set(id, aCase({ id, progress }));
    };
    change(0);
    const { web, port, held } = await serving(ports, { unreadMs: PATIENCE.unreadMs });
    const deaf = asking(port, `GET /api/events ${HEAD}\r\n`);
    const [socket] = await until('it is connected', () => held.length === 1 && held);
    let heard = 0;
    let tail = '';
    (await listening(port)).on('data', (bytes: Buffer) => {
      const text = tail + bytes.toString();
      heard += text.split('event: change').length - 1;
      tail = text.slice(-12);
    });
    await until('the first look', () => web.notices.listeners === 2);
    let sent = 0;
    let most = 0;
    const unlisten = web.notices.listen(() => {
      sent += 1;
      most = Math.max(most, socket?.writableLength ?? 0);
    });
    const changing = setInterval(() => {
      change(Math.random() * 100);
      web.notices.changed();
    }, 20);
    try {
      await until('it is cut off', () => socket?.destroyed);
    } finally {
      clearInterval(changing);
      unlisten();
    }
    expect(most).to.be.within(65_536, 65_536 + 2 * 300_000); // what is too much, and the change with which it became so
    expect(await counted(ports, 'unread')).to.equal(1);
    await until('it listens no more', () => web.notices.listeners === 1);
    await until('the other heard all', () => heard >= sent);
    const ended = new Promise((resolve) => deaf.once('close', resolve));
    deaf.resume();
    await ended;
  });

  it('beats of a stream do not hide that nothing is read; a large answer has longer, by its size', async () => {
    const notes: CutOff[] = [];
    let beats = 0;
    const server = httpServer(
      (_request, response) => {
        response.write(Buffer.alloc(8 * MIB));
        const timer = setInterval(() => {
          beats += 1;
          response.write(': still here\n\n');
        }, 10);
        response.on('close', () => {
          clearInterval(timer);
        });
      },
      null,
      { ...SOON, unreadMs: 50 },
      (why) => notes.push(why),
    );
    closing.push(() => new Promise((resolve) => server.close(resolve)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // Where the machine holds us up there are hardly any.
    for (let turn = 1; turn <= 3 && beats <= 5; turn += 1) {
      beats = 0;
      asking(portOf(server), `GET / ${HEAD}\r\n`);
      const began = performance.now();
      await until('it is cut off', () => notes.length === turn);
      expect(performance.now() - began).to.be.greaterThan(8 * 50);
    }
    expect(beats).to.be.greaterThan(5);
    await until(
      'no connection is left',
      () =>
        new Promise((resolve) => {
          server.getConnections((_failed, count) => {
            resolve(count === 0);
          });
        }),
    );
    expect(new Set(notes)).to.deep.equal(new Set(['unread']));
  });

  /** A dose of so many bytes, and the handles it was opened by. */
  const withFile = async (bytes: number): Promise<{ ports: SomeWebPorts; opened: FileHandle[] }> => {
    const path = join(folder.path, 'dose');
    await writeFile(path, '');
    await truncate(path, bytes);
    const ports = someWebPorts();
    ports.tables.cases.set('c1', aCase({ id: 'c1' }));
    ports.files.add(
      { id: 'dose', name: 'dose.dcm', kind: 'dose', beamNumber: null, attempt: null, mediaType: 'application/dicom' },
      '',
    );
    const opened: FileHandle[] = [];
    const inner = ports.files.open.bind(ports.files);
    ports.files.open = async (of, id) => {
      const file = await inner(of, id);
      const handle = await open(path);
      opened.push(handle);
      const stream = (start: number, end: number) => handle.createReadStream({ start, end });
      return file && { ...file, bytes, stream, close: () => handle.close() };
    };
    return { ports, opened };
  };
  const DOWNLOAD = '/api/cases/c1/files/dose';

  it('a download that is not read is ended, its file closed, and counted', async () => {
    const { ports, opened } = await withFile(64 * MIB);
    const { port, held } = await serving(ports);
    asking(port, `GET ${DOWNLOAD} ${HEAD}\r\n`);
    await until('it is cut off', () => held[0]?.destroyed);
    await until('the file is closed', () => opened[0]?.fd === -1);
    expect(await counted(ports, 'unread')).to.equal(1);
  });

  it('a download that is not read is ended over TLS as well', async () => {
    const { ports, opened } = await withFile(64 * MIB);
    const { port, held } = await serving(ports, {}, aCertificate(ports));
    const client = keep(connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }));
    await until('it is encrypted', () => client.getProtocol() !== null && client.authorizationError);
    client.pause();
    client.write(`GET ${DOWNLOAD} ${HEAD}\r\n`);
    await until('it is cut off', () => held[0]?.destroyed);
    await until('the file is closed', () => opened[0]?.fd === -1);
    expect(await counted(ports, 'unread')).to.equal(1);
  });

  it('a slow download is let be, though it takes several times as long', async () => {
    const { ports } = await withFile(16 * MIB);
    const { port } = await serving(ports);
    // Where the machine holds us up, nothing is read: then that is what it is cut off for.
    let heldUp = 0;
    let slow = await readSlowly(port);
    while (slow.read <= 16 * MIB && heldUp < 10) {
      expect(slow.longestPauseMs, 'cut off while it read').to.be.greaterThan(SOON.unreadMs / 6);
      heldUp += 1;
      slow = await readSlowly(port);
    }
    expect(slow.read).to.be.greaterThan(16 * MIB);
    expect(slow.tookMs).to.be.greaterThan(3 * SOON.unreadMs);
    expect(await counted(ports, 'unread')).to.equal(heldUp);
  });

  /**
   * Downloads with pauses, at a pace that does not depend on the machine, until the connection ends. Not slower: the system
   * tells the server of what was taken in steps of a megabyte and more.
   */
  async function readSlowly(port: number): Promise<{ read: number; tookMs: number; longestPauseMs: number }> {
    const client = keep(connect(port, '127.0.0.1'));
    client.write(`GET ${DOWNLOAD} ${HEAD}connection: close\r\n\r\n`);
    const began = performance.now();
    let [read, longestPauseMs, last] = [0, 0, began];
    const went = (): void => {
      longestPauseMs = Math.max(longestPauseMs, performance.now() - last);
      last = performance.now();
    };
    client.on('data', (bytes: Buffer) => {
      went();
      read += bytes.length;
      if (read <= (last - began) * BYTES_PER_MS) return;
      client.pause();
      setTimeout(() => client.resume(), 4);
    });
    await new Promise((resolve) => client.once('close', resolve));
    went();
    return { read, tookMs: performance.now() - began, longestPauseMs };
  }

  it('a connection on which nothing is said, and a body that does not come, are let go', async () => {
    const ports = someWebPorts();
    const { port } = await serving(ports, { headersTimeout: 200, requestTimeout: 300 });
    const silent = heardBy(keep(connect(port, '127.0.0.1')));
    const client = keep(connect(port, '127.0.0.1'));
    client.write(`POST /api/cases/search ${HEAD}content-type: application/json\r\ncontent-length: 100\r\n\r\n{`);
    expect(await heardBy(client)).to.match(/^HTTP\/1\.1 408 /);
    await silent;
    expect(await counted(ports, 'slow-request')).to.equal(2);
  });

  it('a connection that does not agree on encryption is let go', async () => {
    const ports = someWebPorts();
    const { port } = await serving(ports, { handshakeTimeout: 200 }, aCertificate(ports));
    expect(await heardBy(keep(connect(port, '127.0.0.1')))).to.equal('');
  });

  it('a thousand requests at once on one connection are not all answered: it is ended', async () => {
    const ports = someWebPorts();
    const { port, server, held } = await serving(ports);
    let answered = 0;
    server.on('request', (_request, response) => response.on('finish', () => (answered += 1)));
    asking(port, `GET /metrics ${HEAD}\r\n`.repeat(1000));
    await until('it is ended', () => held[0]?.destroyed);
    expect(await counted(ports, 'requests')).to.equal(1);
    expect(answered).to.be.at.most(16);
    expect((await fetch(`http://127.0.0.1:${String(port)}/healthz`)).status).to.equal(200);
  });

  it('more connections than there may be are refused and counted', async () => {
    const ports = someWebPorts();
    const { port, server } = await serving(ports);
    expect(server.maxConnections).to.be.at.most(512);
    server.maxConnections = 1;
    keep(connect(port, '127.0.0.1'));
    expect(await heardBy(keep(connect(port, '127.0.0.1')))).to.equal('');
    expect(await counted(ports, 'connections')).to.equal(1);
  });
});
