import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/**
 * Below those that Linux hands out itself (net.ipv4.ip_local_port_range, from 32768), to whoever listens on port 0 and to
 * each end of a connection. One of those may be gone again before the server that it was looked up for has started.
 */
const FIRST = 20_000;
const PORTS = 12_000;

const given = new Set<number>();

/** Of the loopback interface; nobody else has it now, nor will another test of this run be given it. */
export async function freePort(): Promise<number> {
  const from = Math.floor(Math.random() * PORTS);
  for (let step = 0; step < PORTS; step += 1) {
    const port = FIRST + ((from + step) % PORTS);
    if (isOurs(port) && (await isFree(port))) return port;
  }
  throw new Error('no port is free');
}

/** The first that asks for it, among the files of tests that run beside each other, has it for the whole run. */
function isOurs(port: number): boolean {
  if (given.has(port)) return false;
  given.add(port);
  const shared = process.env['MQI_TEST_SHARED'];
  if (shared === undefined) return true;
  try {
    closeSync(openSync(join(shared, `port-${String(port)}`), 'wx'));
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw thrown;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
