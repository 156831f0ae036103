import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly head: string;
  readonly body: string;
}

/** Sends these bytes to a port of this machine, and gives everything that comes until the server closes the connection. */
export function rawBytes(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.setEncoding('utf8').on('data', (text: string) => (heard += text));
    socket.on('close', () => {
      resolve(heard);
    });
    socket.on('error', reject);
  });
}

/** A request spelled by hand, on a connection of its own: no client makes it proper on the way. */
export async function rawRequest(
  port: number,
  method: string,
  url: string,
  headers: Record<string, string> = {},
  body = '',
): Promise<RawAnswer> {
  const all = {
    host: `127.0.0.1:${String(port)}`,
    ...(body !== '' && { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
    ...headers,
    connection: 'close',
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const text = await rawBytes(port, `${method} ${url} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
  const end = text.indexOf('\r\n\r\n');
  const [status = '', ...named] = text.slice(0, end).split('\r\n');
  const pairs = named.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)];
  });
  return {
    status: Number(status.split(' ')[1]),
    headers: new Map(pairs),
    head: text.slice(0, end),
    body: text.slice(end + 4),
  };
}
