import { CaseError } from '../../../domain/errors.js';
import { decode, type Elements, encode, numberOf, us } from './elements.js';
import {
  type AssociateUnit,
  associateRequest,
  type Context,
  type DataValue,
  dataUnitParts,
  PDU,
  readAssociate,
  readData,
  releaseReply,
  releaseRequest,
} from './pdu.js';
import { badPeer, rejected } from './peer-error.js';
import { openSocket, type PduSocket, type TlsFiles, type Unit } from './pdu-socket.js';

export const IMPLICIT = '1.2.840.10008.1.2';
export const EXPLICIT = '1.2.840.10008.1.2.1';

/** Where a peer is, how both are called, and how long each stage may take. */
export interface Peer {
  /** Name of the upload target, for messages. */
  readonly target: string;
  readonly host: string;
  readonly port: number;
  readonly calledAeTitle: string;
  readonly callingAeTitle: string;
  readonly tls: TlsFiles | null;
  readonly timeouts: {
    readonly connectSeconds: number;
    readonly associationSeconds: number;
    /** For each unit sent, and for the answer to each message. */
    readonly responseSeconds: number;
  };
}

/** A DIMSE message: the command, and its data set (implicit VR little endian), if it has one. */
export interface Message {
  readonly contextId: number;
  readonly command: Elements;
  readonly data: Buffer | null;
}

/** Elements of command sets (PS3.7 annex E). */
export const COMMAND = {
  groupLength: 0x0000_0000,
  affectedClass: 0x0000_0002,
  requestedClass: 0x0000_0003,
  field: 0x0000_0100,
  messageId: 0x0000_0110,
  answers: 0x0000_0120,
  priority: 0x0000_0700,
  dataSetType: 0x0000_0800,
  status: 0x0000_0900,
  errorComment: 0x0000_0902,
  affectedInstance: 0x0000_1000,
  requestedInstance: 0x0000_1001,
  eventType: 0x0000_1002,
  actionType: 0x0000_1008,
} as const;

const NO_DATA = 0x0101;
const WITH_DATA = 0x0001;
const IS_ANSWER = 0x8000;
/** Of one value where the peer sets no limit, bytes. */
const PIECE_BYTES = 131_072;
/** What comes before the bytes of a value in its unit, without the unit's own head. */
const VALUE_HEAD = 6;
/** Answers and event reports are far smaller. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/**
 * An association that we asked for. One message at a time: the caller sends a request and takes its answers before the
 * next. An answer counts only when it names the request and came before the connection broke.
 */
export class Association {
  #messageId = 0;
  readonly #accepted: readonly Context[];
  readonly #pieceBytes: number;

  private constructor(
    private readonly socket: PduSocket,
    private readonly peer: Peer,
    proposed: readonly Context[],
    answer: AssociateUnit,
  ) {
    this.#accepted = answer.contexts.map((context) => ({
      ...context,
      sopClass: proposed.find(({ id }) => id === context.id)?.sopClass ?? '',
    }));
    const theirs = answer.maxLength === 0 ? PIECE_BYTES : answer.maxLength - VALUE_HEAD;
    this.#pieceBytes = Math.max(1024, Math.min(PIECE_BYTES, theirs) & ~1);
  }

  /**
   * Connects and negotiates one context for each SOP class.
   * @throws CaseErrors `upload.unavailable`, `upload.tls`, `upload.timeout`, `upload.rejected`, `upload.ae-title`,
   * `upload.aborted`, `upload.protocol`; the signal's reason
   */
  static async open(peer: Peer, classes: readonly Omit<Context, 'id'>[], signal: AbortSignal): Promise<Association> {
    signal.throwIfAborted();
    const socket = await openSocket(peer, peer.timeouts.connectSeconds);
    return abortedBy(signal, socket, async () => {
      const contexts = classes.map((wanted, i) => ({ ...wanted, id: 2 * i + 1 }));
      const seconds = peer.timeouts.associationSeconds;
      await socket.write(
        associateRequest(peer.calledAeTitle, peer.callingAeTitle, contexts),
        'the association',
        seconds,
      );
      const unit = await socket.next('the association', seconds);
      return new Association(socket, peer, contexts, answerOf(peer.target, unit));
    });
  }

  /** True while nothing speaks against sending another message. */
  get isUsable(): boolean {
    return this.socket.isQuiet;
  }

  /** The first of our contexts for a SOP class that the peer took; null when it took none. */
  contextOf(sopClass: string): number | null {
    const taken = this.#accepted.filter((context) => context.sopClass === sopClass).map(({ id }) => id);
    return taken.length === 0 ? null : Math.min(...taken);
  }

  /** The transfer syntax that the peer took for a context. */
  syntaxOf(contextId: number): string {
    return this.#accepted.find(({ id }) => id === contextId)?.transferSyntaxes[0] ?? '';
  }

  /** Whether the open connection alone keeps the process running; not while it waits for the next object. */
  hold(process: boolean): void {
    this.socket.hold(process);
  }

  /**
   * Sends a request and gives its answers, the last of them with a final status. A data set is sent piece by piece as it
   * comes. Any failure, also one of the data, aborts the association.
   */
  async *ask(
    contextId: number,
    request: Elements,
    data: Iterable<Buffer> | AsyncIterable<Buffer> | null,
    signal: AbortSignal,
  ): AsyncGenerator<Message, void> {
    const messageId = (this.#messageId = (this.#messageId % 0xffff) + 1);
    const field = numberOf(request, COMMAND.field) ?? 0;
    const command = new Map([
      ...request,
      [COMMAND.messageId, us(messageId)] as const,
      [COMMAND.dataSetType, us(data === null ? NO_DATA : WITH_DATA)] as const,
    ]);
    await abortedBy(signal, this.socket, async () => {
      await this.#send(dataUnitParts({ contextId, isCommand: true, isLast: true, bytes: commandBytes(command) }));
      if (data !== null) await this.#sendData(contextId, data);
    });
    for (let isPending = true; isPending;) {
      const answer = await abortedBy(signal, this.socket, () => this.#message());
      if (!isAnswerTo(answer.command, field, messageId)) {
        this.socket.abort();
        throw badPeer(this.peer.target, 'an answer to another request');
      }
      isPending = [0xff00, 0xff01].includes(numberOf(answer.command, COMMAND.status) ?? 0);
      yield answer;
    }
  }

  /** Ends the association in order; a peer that does not answer is left. */
  async release(): Promise<void> {
    const seconds = this.peer.timeouts.associationSeconds;
    try {
      if (!this.socket.isQuiet) return;
      await this.socket.write(releaseRequest(), 'the release', seconds);
      while ((await this.socket.next('the release', seconds)).type === PDU.data);
    } catch (error) {
      // All answers were taken before: how the peer ends the association changes nothing in what was delivered.
      if (!(error instanceof CaseError)) throw error;
    } finally {
      this.socket.close();
    }
  }

  /** Pieces of one chunk travel together: a peer that takes short units is not waited for after each. */
  async #sendData(contextId: number, data: Iterable<Buffer> | AsyncIterable<Buffer>): Promise<void> {
    let held: Buffer = Buffer.alloc(0);
    for await (const chunk of data) {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const units: Buffer[] = [];
      // One byte more than a piece stays back: only the end of the data says which piece is the last.
      let at = 0;
      for (; held.length - at > this.#pieceBytes; at += this.#pieceBytes) {
        const bytes = held.subarray(at, at + this.#pieceBytes);
        units.push(...dataUnitParts({ contextId, isCommand: false, isLast: false, bytes }));
      }
      await this.#send(units);
      held = held.subarray(at);
    }
    await this.#send(dataUnitParts({ contextId, isCommand: false, isLast: true, bytes: held }));
  }

  #send(units: readonly Buffer[]): Promise<void> {
    return this.socket.write(units, 'sending', this.peer.timeouts.responseSeconds);
  }

  #message(): Promise<Message> {
    return readMessage(this.socket, this.peer.target, this.peer.timeouts.responseSeconds);
  }
}

/** Bytes of a command set, with its group length. */
export function commandBytes(command: Elements): Buffer {
  const body = encode(command);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([encode(new Map([[COMMAND.groupLength, length]])), body]);
}

/**
 * The next message of a peer.
 * @throws transient `upload.protocol` where anything else comes, and as `PduSocket.next`
 */
export async function readMessage(socket: PduSocket, target: string, seconds: number): Promise<Message> {
  const coming = new ComingMessage(target);
  for (;;) {
    const unit = await socket.next('the answer', seconds);
    if (unit.type === PDU.releaseRequest) throw await released(socket, target, seconds);
    if (unit.type !== PDU.data) throw badPeer(target, `a unit of type ${String(unit.type)} in place of an answer`);
    for (const value of understood(target, () => readData(unit.body))) {
      const whole = coming.add(value);
      if (whole !== null) return whole;
    }
  }
}

/** A message of which pieces have come. */
class ComingMessage {
  #bytes = 0;
  #command: Elements | null = null;
  readonly #parts = { command: [] as Buffer[], data: [] as Buffer[] };

  constructor(private readonly target: string) {}

  /** The message, once the piece given is its last. */
  add({ contextId, isCommand, isLast, bytes }: DataValue): Message | null {
    this.#bytes += bytes.length;
    if (this.#bytes > MAX_MESSAGE_BYTES) throw badPeer(this.target, 'an answer longer than any expected');
    this.#parts[isCommand ? 'command' : 'data'].push(bytes);
    if (!isLast) return null;
    this.#command ??= understood(this.target, () => decode(Buffer.concat(this.#parts.command)));
    const hasData = numberOf(this.#command, COMMAND.dataSetType) !== NO_DATA;
    if (isCommand && hasData) return null;
    return { contextId, command: this.#command, data: hasData ? Buffer.concat(this.#parts.data) : null };
  }
}

async function released(socket: PduSocket, target: string, seconds: number): Promise<Error> {
  await socket.write(releaseReply(), 'the release', seconds);
  return badPeer(target, 'it released the association in place of an answer');
}

/** Reads what a peer sent; where it ends too early the peer is at fault, not we. */
export function understood<T>(target: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw badPeer(target, 'a message that ends too early', error);
    throw error;
  }
}

function answerOf(target: string, { type, body }: Unit): AssociateUnit {
  if (type === PDU.accept) return understood(target, () => readAssociate(body));
  if (type !== PDU.reject) throw badPeer(target, `a unit of type ${String(type)} in place of an association`);
  throw rejected(target, body[1] ?? 0, body[2] ?? 0, body[3] ?? 0);
}

const isAnswerTo = (command: Elements, field: number, messageId: number): boolean =>
  numberOf(command, COMMAND.field) === (field | IS_ANSWER) && numberOf(command, COMMAND.answers) === messageId;

/** Work on a connection that a signal may end; a connection on which anything failed is of no more use. */
async function abortedBy<T>(signal: AbortSignal, socket: PduSocket, work: () => Promise<T>): Promise<T> {
  const stop = (): void => {
    socket.abort();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    return await work();
  } catch (error) {
    socket.abort();
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
