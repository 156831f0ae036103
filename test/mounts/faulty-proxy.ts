import { createConnection, createServer, type Server, type Socket } from 'node:net';

/** What becomes of the connections through a proxy. */
export interface Fault {
  /** Which way the bytes are counted. */
  readonly way: 'there' | 'back';
  /** After so many bytes of one connection. */
  readonly afterBytes: number;
  /** `cut`: both ends are reset. `silence`: nothing more goes through, the connection stays. `slow`: each part waits. */
  readonly how: 'cut' | 'silence' | 'slow';
}

const SLOW_MS = 2;

/** Stands between a client and a server of this machine; does as the fault says, to so many connections. */
export class FaultyProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #fault: Fault | null = null;
  /** How many connections met the fault. */
  struck = 0;

  constructor(private readonly serverPort: number) {
    this.#server = createServer((client) => {
      this.#join(client);
    });
  }

  /** @returns the port it listens on */
  start(): Promise<number> {
    return new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', () => {
        const address = this.#server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  }

  /** For the next connection alone; null: none. */
  next(fault: Fault | null): void {
    this.#fault = fault;
  }

  stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  #join(client: Socket): void {
    const fault = this.#fault;
    this.#fault = null;
    const server = createConnection({ port: this.serverPort, host: '127.0.0.1' });
    const both = [client, server];
    for (const socket of both) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined); // what the fault does to it
      socket.on('close', () => {
        this.#sockets.delete(socket);
        for (const other of both) other.destroy();
      });
    }
    this.#pass(client, server, fault?.way === 'there' ? fault : null);
    this.#pass(server, client, fault?.way === 'back' ? fault : null);
  }

  #pass(from: Socket, to: Socket, fault: Fault | null): void {
    let passed = 0;
    let met = false;
    from.on('data', (bytes: Buffer) => {
      const left = fault === null ? Infinity : fault.afterBytes - passed;
      passed += bytes.length;
      if (fault === null || left > bytes.length) {
        to.write(bytes);
        return;
      }
      if (!met) this.struck += 1;
      met = true;
      if (fault.how === 'slow') {
        from.pause();
        setTimeout(() => {
          to.write(bytes);
          from.resume();
        }, SLOW_MS);
        return;
      }
      if (left > 0) to.write(bytes.subarray(0, left)); // truncated in the middle of whatever it is
      if (fault.how === 'cut') for (const socket of [from, to]) socket.destroy();
    });
  }
}
