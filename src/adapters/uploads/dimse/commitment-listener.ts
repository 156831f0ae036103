import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { once } from 'node:events';
import { CaseError, operator, transient } from '../../../domain/errors.js';
import { COMMAND, commandBytes, IMPLICIT, type Message, readMessage, type Peer, understood } from './association.js';
import { decode, type Elements, itemsOf, numberOf, textOf, uid, us } from './elements.js';
import { type AssociateUnit, associateAccept, dataUnit, PDU, readAssociate, rejectUnit } from './pdu.js';
import { PduSocket } from './pdu-socket.js';

export const PUSH_MODEL = '1.2.840.10008.1.20.1';
const EVENT_REPORT = 0x0100;
const EVENT_REPORT_ANSWER = 0x8100;
const TRANSACTION_UID = 0x0008_1195;
const FAILURE_REASON = 0x0008_1197;
const FAILED_SEQUENCE = 0x0008_1198;
const REFERENCED_SEQUENCE = 0x0008_1199;
const REFERENCED_INSTANCE = 0x0008_1155;

/** What a peer says of a storage commitment. */
export interface CommitmentReport {
  /** SOP instance UIDs that it keeps. */
  readonly kept: readonly string[];
  /** Reasons (0008,1197) by SOP instance UID. */
  readonly failed: ReadonlyMap<string, number>;
}

export interface ListenerOptions {
  readonly peer: Peer;
  readonly host: string;
  readonly port: number;
  /** How long a report may take, from the request. */
  readonly seconds: number;
}

/**
 * Our own port for N-EVENT-REPORT. It is open only while a report is awaited, takes associations only from the peer's AE
 * title to ours, and only of the storage commitment class. One report at a time: the target delivers one object at a time.
 */
export class CommitmentListener {
  #awaited: { readonly transactionUid: string; readonly tell: (report: CommitmentReport) => void } | null = null;
  readonly #open = new Set<Socket>();

  constructor(private readonly options: ListenerOptions) {}

  /**
   * Opens the port, has `request` made, and gives the report of the transaction.
   * @throws operator `upload.listen` where the port cannot be had; transient `upload.verify-timeout`; what `request` throws
   */
  async reportOf(transactionUid: string, request: () => Promise<void>, signal: AbortSignal): Promise<CommitmentReport> {
    const server = await this.listen();
    let forget = (): void => undefined;
    const report = new Promise<CommitmentReport>((resolve, reject) => {
      this.#awaited = { transactionUid, tell: resolve };
      const timer = setTimeout(() => {
        reject(this.#late());
      }, this.options.seconds * 1000);
      const stop = (): void => {
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', stop, { once: true });
      forget = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
      };
    });
    try {
      // Side by side: the report may come before the request has been answered.
      const [, found] = await Promise.all([request(), report]);
      return found;
    } finally {
      forget();
      this.#awaited = null;
      await this.close(server);
    }
  }

  /** Opens the port; the caller closes it. */
  async listen(): Promise<Server> {
    const { host, port, peer } = this.options;
    const { tls } = peer;
    const take = (socket: Socket): void => {
      this.#take(socket);
    };
    const server =
      tls?.cert && tls.key
        ? createTlsServer(
            { ...(tls.ca && { ca: tls.ca }), cert: tls.cert, key: tls.key, requestCert: true, minVersion: 'TLSv1.2' },
            take,
          )
        : createServer(take);
    try {
      await once(server.listen(port, host), 'listening');
    } catch (cause) {
      throw operator(
        'upload.listen',
        `upload target ${peer.target}: port ${String(port)} for reports cannot be opened`,
        {
          cause,
          remedy: 'give dicom.listenPort a free port, then: mqi resume ID',
        },
      );
    }
    return server;
  }

  /** Closes the port. A connection over which the report came is given a second to be ended in order. */
  async close(server: Server): Promise<void> {
    const timer = setTimeout(() => {
      for (const socket of this.#open) socket.destroy();
    }, 1000);
    server.close();
    for (const socket of this.#open) if (!socket.closed) await once(socket, 'close');
    clearTimeout(timer);
  }

  #take(socket: Socket): void {
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    const units = new PduSocket(socket, this.options.peer.target);
    this.#serve(units).catch((error: unknown) => {
      // A connection that breaks says nothing of the object: the deadline of the report decides.
      units.abort();
      if (!(error instanceof CaseError)) throw error;
    });
  }

  async #serve(units: PduSocket): Promise<void> {
    const { target, timeouts } = this.options.peer;
    const seconds = timeouts.associationSeconds;
    const unit = await units.next('the association', seconds);
    if (unit.type !== PDU.request) {
      units.abort();
      return;
    }
    const request = understood(target, () => readAssociate(unit.body));
    const refusal = this.#refusal(request);
    if (refusal !== null) {
      await units.write(refusal, 'the association', seconds);
      units.close();
      return;
    }
    await units.write(associateAccept(request, request.contexts.map(taken)), 'the association', seconds);
    for (;;) await this.#answer(units, await readMessage(units, target, seconds));
  }

  #refusal({ calledAeTitle, callingAeTitle }: AssociateUnit): Buffer | null {
    if (calledAeTitle !== this.options.peer.callingAeTitle) return rejectUnit(1, 1, 7);
    return callingAeTitle === this.options.peer.calledAeTitle ? null : rejectUnit(1, 1, 3);
  }

  async #answer(units: PduSocket, { contextId, command, data }: Message): Promise<void> {
    const { target, timeouts } = this.options.peer;
    const isReport = numberOf(command, COMMAND.field) === EVENT_REPORT && data !== null;
    const answer: Elements = new Map([
      [COMMAND.affectedClass, uid(PUSH_MODEL)],
      [COMMAND.field, us((numberOf(command, COMMAND.field) ?? 0) | EVENT_REPORT_ANSWER)],
      [COMMAND.answers, us(numberOf(command, COMMAND.messageId) ?? 0)],
      [COMMAND.dataSetType, us(0x0101)],
      [COMMAND.status, us(isReport ? 0 : 0x0211)],
      [COMMAND.affectedInstance, uid(`${PUSH_MODEL}.1`)],
      [COMMAND.eventType, us(numberOf(command, COMMAND.eventType) ?? 1)],
    ]);
    const bytes = commandBytes(answer);
    await units.write(
      dataUnit({ contextId, isCommand: true, isLast: true, bytes }),
      'sending',
      timeouts.responseSeconds,
    );
    if (!isReport) return;
    const report = understood(target, () => decode(data));
    if (textOf(report, TRANSACTION_UID) === this.#awaited?.transactionUid) this.#awaited.tell(readReport(report));
  }

  #late(): CaseError {
    const { peer, seconds } = this.options;
    return transient(
      'upload.verify-timeout',
      `upload target ${peer.target} gave no report of storage commitment within ${String(seconds)} s`,
      { remedy: 'check that the peer knows address, port and AE title of this service; it is tried again' },
    );
  }
}

/** The one class we take, in implicit VR little endian. */
const taken = ({
  id,
  sopClass,
  transferSyntaxes,
}: AssociateUnit['contexts'][number]): AssociateUnit['contexts'][number] => ({
  id,
  sopClass,
  transferSyntaxes: sopClass === PUSH_MODEL && transferSyntaxes.includes(IMPLICIT) ? [IMPLICIT] : [],
});

const readReport = (report: Elements): CommitmentReport => ({
  kept: itemsOf(report, REFERENCED_SEQUENCE).map((item) => textOf(item, REFERENCED_INSTANCE)),
  failed: new Map(
    itemsOf(report, FAILED_SEQUENCE).map((item) => [
      textOf(item, REFERENCED_INSTANCE),
      numberOf(item, FAILURE_REASON) ?? 0,
    ]),
  ),
});
