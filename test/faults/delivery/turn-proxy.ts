import { createConnection, createServer, type Server, type Socket } from 'node:net';

type Way = 'there' | 'back';

/**
 * What happens to the bytes: `cut` resets both ends after byte N, `truncate` ends them in order there, `lose` leaves out what
 * follows in that part and goes on, `twice` sends again (a request whole, of an answer the part), `delay` holds it, `silence` lets
 * nothing more through, `kill` ends the sender (by `onStrike`), `refuse` ends a connection as it is made.
 */
export type LineFault = 'cut' | 'truncate' | 'lose' | 'twice' | 'delay' | 'silence' | 'kill' | 'refuse';

export interface Strike {
  /** Of the n-th turn of the talk, from 0 (even: there, odd: back), or of all bytes one way. */
  readonly at: { readonly turn: number } | { readonly way: Way };
  readonly afterBytes: number;
  readonly how: LineFault;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** Which arming it was made after: the farewell of an earlier delivery's connection meets no fault. */
  readonly armed: number;
  isSilent: boolean;
}

const DELAY_MS = 60;

/**
 * Stands between the service and a peer, and does one harm to what is said after it was armed. A turn is what one side says
 * before the other answers, counted over all connections: for DICOM and HTTP each turn is a stage of a delivery.
 */
export class TurnProxy {
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #strike: Strike | null = null;
  #onStrike: () => void = () => undefined;
  #struck = false;
  #armings = 0;
  /** Bytes of each turn. */
  #turns: number[] = [];
  #last: Way | null = null;
  #total = { there: 0, back: 0 };
  /** What was said in the turn under way, for sending it again. */
  #said: Buffer[] = [];
  port = 0;

  constructor(public serverPort: number) {
    this.#server = createServer({ noDelay: true }, (client) => {
      this.#join(client);
    });
  }

  start(port = 0): Promise<void> {
    return new Promise((resolve) => {
      this.#server.listen(port, '127.0.0.1', () => {
        const address = this.#server.address();
        this.port = typeof address === 'object' && address !== null ? address.port : 0;
        resolve();
      });
    });
  }

  arm(strike: Strike | null, onStrike: () => void = () => undefined): void {
    this.#armings += 1;
    this.#strike = strike;
    this.#onStrike = onStrike;
    this.#struck = false;
    this.#turns = [];
    this.#last = null;
    this.#total = { there: 0, back: 0 };
    this.#said = [];
  }

  /** Whether the fault has met anything since it was armed. */
  get struck(): boolean {
    return this.#struck;
  }

  /** Bytes of each turn since it was armed, and of all each way. */
  get tally(): { readonly turns: readonly number[]; readonly there: number; readonly back: number } {
    return { turns: this.#turns, ...this.#total };
  }

  stop(): Promise<void> {
    this.dropAll();
    return new Promise((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  dropAll(): void {
    for (const { client, server } of this.#pairs) for (const socket of [client, server]) socket.destroy();
  }

  #join(client: Socket): void {
    if (this.#strike?.how === 'refuse' && !this.#struck) {
      this.#struck = true;
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const server = createConnection({ port: this.serverPort, host: '127.0.0.1', noDelay: true });
    const pair = { client, server, armed: this.#armings, isSilent: false };
    this.#pairs.add(pair);
    for (const [from, to, way] of [
      [client, server, 'there'],
      [server, client, 'back'],
    ] as const) {
      from.on('error', () => undefined); // what the fault does to it
      from.on('close', () => {
        this.#pairs.delete(pair);
        to.end();
      });
      from.on('data', (bytes) => {
        this.#pass(pair, way, bytes);
      });
    }
  }

  #pass(pair: Pair, way: Way, bytes: Buffer): void {
    if (pair.isSilent) return;
    const to = way === 'there' ? pair.server : pair.client;
    const strike = this.#strike;
    if (pair.armed !== this.#armings || strike === null || this.#struck) {
      if (pair.armed === this.#armings) this.#counted(pair, way, bytes);
      to.write(bytes);
      return;
    }
    const left = strike.afterBytes - this.#counted(pair, way, bytes);
    if (!this.#isDue(strike, way) || left >= bytes.length) {
      to.write(bytes);
      return;
    }
    this.#struck = true;
    this.#harm(pair, way, bytes, Math.max(0, left), strike.how);
  }

  /** Not a request that is to be sent twice: that is done when its turn has ended. */
  #isDue(strike: Strike, way: Way): boolean {
    const { at } = strike;
    return this.#isAt(strike, way) && !(strike.how === 'twice' && way === 'there' && 'turn' in at);
  }

  #turn(pair: Pair, way: Way): void {
    const strike = this.#strike;
    const at = strike?.at;
    const isDue = strike?.how === 'twice' && at !== undefined && 'turn' in at && at.turn === this.#turns.length - 1;
    if (isDue && this.#last === 'there' && !this.#struck) {
      this.#struck = true;
      for (const part of this.#said) pair.server.write(part);
    }
    this.#said = [];
    this.#last = way;
    this.#turns.push(0);
  }

  /** Notes the bytes; gives how many came before them, in the turn or that way. */
  #counted(pair: Pair, way: Way, bytes: Buffer): number {
    if (way !== this.#last) this.#turn(pair, way);
    if (this.#strike?.how === 'twice' && way === 'there' && !this.#struck) this.#said.push(bytes);
    const at = this.#strike?.at;
    const turn = this.#turns.length - 1;
    const inTurn = this.#turns[turn] ?? 0;
    const oneWay = this.#total[way];
    this.#turns[turn] = inTurn + bytes.length;
    this.#total[way] += bytes.length;
    return at !== undefined && 'way' in at ? oneWay : inTurn;
  }

  #isAt({ at }: Strike, way: Way): boolean {
    return 'way' in at ? at.way === way : at.turn === this.#turns.length - 1;
  }

  #harm(pair: Pair, way: Way, bytes: Buffer, left: number, how: LineFault): void {
    const { client, server } = pair;
    const [from, to] = way === 'there' ? [client, server] : [server, client];
    const first = bytes.subarray(0, left);
    switch (how) {
      case 'lose':
        to.write(first);
        return;
      case 'twice':
        to.write(bytes);
        to.write(bytes);
        return;
      case 'delay':
        from.pause();
        setTimeout(() => {
          to.write(bytes);
          from.resume();
        }, DELAY_MS);
        return;
      case 'silence':
        to.write(first);
        pair.isSilent = true;
        return;
      case 'truncate':
        pair.isSilent = true;
        to.end(first);
        from.end();
        return;
      case 'kill':
        to.write(first);
        pair.isSilent = true;
        this.#onStrike();
        return;
      case 'cut':
      case 'refuse':
        pair.isSilent = true;
        to.write(first, () => {
          for (const socket of [from, to]) socket.resetAndDestroy();
        });
    }
  }
}
