import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { COMMAND, commandBytes, readMessage } from '../src/adapters/uploads/dimse/association.js';
import { numberOf, text, textOf, uid, us } from '../src/adapters/uploads/dimse/elements.js';
import { associateAccept, dataUnit, readAssociate } from '../src/adapters/uploads/dimse/pdu.js';
import { PduSocket } from '../src/adapters/uploads/dimse/pdu-socket.js';

/** Answers every message with a status that a test gives; keeps the UIDs of what it was sent. */
export class AnsweringScp {
  readonly received: string[] = [];
  associations = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /** `answer` gives the status for the n-th message of this peer, from 1; null: the connection is closed instead. */
  constructor(
    private readonly answer: (n: number) => number | null,
    private readonly comment = '',
  ) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      // How a connection ends is the test's doing.
      this.#serve(new PduSocket(socket, 'test')).catch(() => socket.destroy());
    });
  }

  async start(): Promise<number> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  }

  async end(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** Ends all connections and goes on listening. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #serve(units: PduSocket): Promise<void> {
    const request = readAssociate((await units.next('test', 30)).body);
    this.associations += 1;
    await units.write(associateAccept(request, request.contexts), 'test', 30);
    for (;;) {
      const { contextId, command } = await readMessage(units, 'test', 30);
      this.received.push(textOf(command, COMMAND.affectedInstance));
      const status = this.answer(this.received.length);
      if (status === null) {
        units.close();
        return;
      }
      const reply = new Map([
        [COMMAND.affectedClass, uid(textOf(command, COMMAND.affectedClass))],
        [COMMAND.field, us((numberOf(command, COMMAND.field) ?? 0) | 0x8000)],
        [COMMAND.answers, us(numberOf(command, COMMAND.messageId) ?? 0)],
        [COMMAND.dataSetType, us(0x0101)],
        [COMMAND.status, us(status)],
        ...(this.comment === '' ? [] : [[COMMAND.errorComment, text(this.comment)] as const]),
      ]);
      await units.write(dataUnit({ contextId, isCommand: true, isLast: true, bytes: commandBytes(reply) }), 'test', 30);
    }
  }
}
