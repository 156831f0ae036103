import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { COMMAND, commandBytes, type Message, readMessage } from '../../../src/adapters/uploads/dimse/association.js';
import {
  decode,
  type Elements,
  encode,
  numberOf,
  text,
  textOf,
  uid,
  us,
} from '../../../src/adapters/uploads/dimse/elements.js';
import {
  abortUnit,
  associateAccept,
  dataUnit,
  PDU,
  readAssociate,
  rejectUnit,
  releaseReply,
} from '../../../src/adapters/uploads/dimse/pdu.js';
import { PduSocket } from '../../../src/adapters/uploads/dimse/pdu-socket.js';

/** What a peer does that it should not, once. */
export interface Misdeed {
  readonly to: 'association' | 'store' | 'find before' | 'find after';
  /** Answered; for an association: result, source and reason of its rejection. */
  readonly status?: number;
  readonly rejection?: readonly [number, number, number];
  /** Whether an object that comes is kept all the same. */
  readonly keeps?: boolean;
  readonly instead?:
    'close' | 'abort' | 'release' | 'silence' | 'other message' | 'twice' | 'nothing found' | 'no answer bytes';
}

const FIELD = { store: 0x0001, find: 0x0020, action: 0x0130 } as const;
const SOP_INSTANCE = 0x0008_0018;
const RT_DOSE = '1.2.840.10008.5.1.4.1.1.481.2';
const SECONDS = 30;

/**
 * A storage and query SCP of our own. It keeps each object that it is sent, also a second time under one UID, and answers
 * queries by what it keeps; except for one misdeed.
 */
export class StoringScp {
  /** Data sets as they came, by SOP instance UID. */
  readonly kept = new Map<string, Buffer[]>();
  /** The transfer syntaxes it takes for RT Dose; the first of these that is proposed. */
  takes: readonly string[] = ['1.2.840.10008.1.2.1', '1.2.840.10008.1.2'];
  misdeed: Misdeed | null = null;
  /** Of answers to the next requests for storage commitment, of which it never reports anything; then 0. */
  readonly refusals: number[] = [];
  didIt = false;
  port = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #stored = 0;

  constructor() {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      // How a connection ends is the test's doing.
      this.#serve(new PduSocket(socket, 'test'), socket).catch(() => socket.destroy());
    });
  }

  async start(): Promise<void> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    const address = this.#server.address();
    this.port = typeof address === 'object' && address !== null ? address.port : 0;
  }

  async end(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  arm(misdeed: Misdeed | null): void {
    this.misdeed = misdeed;
    this.didIt = false;
    this.#stored = 0;
  }

  async #serve(units: PduSocket, socket: Socket): Promise<void> {
    const request = readAssociate((await units.next('test', SECONDS)).body);
    const due = this.#due('association');
    if (due?.rejection !== undefined) {
      await units.write(rejectUnit(...due.rejection), 'test', SECONDS);
      units.close();
      return;
    }
    if (due !== null) {
      await this.#instead(due, units, socket);
      return;
    }
    const contexts = request.contexts.map((context) => ({
      ...context,
      transferSyntaxes:
        context.sopClass === RT_DOSE
          ? this.takes.filter((syntax) => context.transferSyntaxes.includes(syntax)).slice(0, 1)
          : context.transferSyntaxes.slice(0, 1),
    }));
    await units.write(associateAccept(request, contexts), 'test', SECONDS);
    for (;;) await this.#answer(units, socket, await readMessage(units, 'test', SECONDS));
  }

  async #answer(units: PduSocket, socket: Socket, message: Message): Promise<void> {
    const field = numberOf(message.command, COMMAND.field);
    if (field === FIELD.store) await this.#store(units, socket, message);
    else if (field === FIELD.find) await this.#find(units, socket, message);
    else await units.write(reply(message, field === FIELD.action ? (this.refusals.shift() ?? 0) : 0), 'test', SECONDS);
  }

  async #store(units: PduSocket, socket: Socket, message: Message): Promise<void> {
    const due = this.#due('store');
    const instance = textOf(message.command, COMMAND.affectedInstance);
    if (due === null || due.keeps === true) {
      this.kept.set(instance, [...(this.kept.get(instance) ?? []), message.data ?? Buffer.alloc(0)]);
      this.#stored += 1;
    }
    if (due?.instead !== undefined) await this.#instead(due, units, socket, message);
    else await units.write(reply(message, due?.status ?? 0), 'test', SECONDS);
  }

  async #find(units: PduSocket, socket: Socket, message: Message): Promise<void> {
    const due = this.#due(this.#stored === 0 ? 'find before' : 'find after');
    const wanted = textOf(decode(message.data ?? Buffer.alloc(0)), SOP_INSTANCE);
    if (due?.instead !== undefined && due.instead !== 'nothing found') {
      await this.#instead(due, units, socket, message);
      return;
    }
    const isFound = this.kept.has(wanted) && due === null;
    if (isFound) {
      const match = encode(
        new Map([
          [0x0008_0052, text('IMAGE')],
          [SOP_INSTANCE, uid(wanted)],
        ]),
      );
      const { contextId } = message;
      await units.write(reply(message, 0xff00, true), 'test', SECONDS);
      await units.write(dataUnit({ contextId, isCommand: false, isLast: true, bytes: match }), 'test', SECONDS);
    }
    await units.write(reply(message, due?.status ?? 0), 'test', SECONDS);
  }

  async #instead(
    { instead = 'close', status = 0 }: Misdeed,
    units: PduSocket,
    socket: Socket,
    message?: Message,
  ): Promise<void> {
    if (instead === 'silence') return new Promise(() => undefined);
    const said = message === undefined ? UNITS[instead] : (misplaced(message, status)[instead] ?? UNITS[instead]);
    if (said !== undefined) await units.write(said, 'test', SECONDS);
    if (CLOSING.has(instead)) units.close();
    if (instead === 'close') socket.destroy();
  }

  /** The misdeed, if it is of this stage and has not been done. */
  #due(to: Misdeed['to']): Misdeed | null {
    if (this.didIt || this.misdeed?.to !== to) return null;
    this.didIt = true;
    return this.misdeed;
  }
}

const CLOSING = new Set(['abort', 'no answer bytes']);
/** Said in place of an answer. */
const UNITS: Readonly<Record<string, Buffer>> = {
  abort: abortUnit(),
  release: Buffer.concat([Buffer.from([PDU.releaseRequest]), releaseReply().subarray(1)]),
  'no answer bytes': Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
};

/** Answers that are none to the message, or one too many. */
const misplaced = (message: Message, status: number): Readonly<Record<string, Buffer>> => ({
  'other message': reply(message, status, false, 1),
  twice: Buffer.concat([reply(message, status), reply(message, status)]),
});

/** The answer to a message; `beyond` makes it one to another message. */
function reply({ contextId, command }: Message, status: number, hasData = false, beyond = 0): Buffer {
  const answer: Elements = new Map([
    [COMMAND.affectedClass, uid(textOf(command, COMMAND.affectedClass))],
    [COMMAND.field, us((numberOf(command, COMMAND.field) ?? 0) | 0x8000)],
    [COMMAND.answers, us((numberOf(command, COMMAND.messageId) ?? 0) + beyond)],
    [COMMAND.dataSetType, us(hasData ? 1 : 0x0101)],
    [COMMAND.status, us(status)],
  ]);
  return dataUnit({ contextId, isCommand: true, isLast: true, bytes: commandBytes(answer) });
}
