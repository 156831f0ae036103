/** The units of the DICOM upper layer (PS3.8 section 9.3): how they are written and read. */

export const PDU = { request: 1, accept: 2, reject: 3, data: 4, releaseRequest: 5, releaseReply: 6, abort: 7 } as const;

const APPLICATION_CONTEXT = '1.2.840.10008.3.1.1.1';
/** Of this product, under the root of UUIDs (PS3.5 B.2). */
export const IMPLEMENTATION_UID = '2.25.289513041863201474410921347730266921931';
const IMPLEMENTATION_NAME = 'MQI_COMMUNICATOR';
/** The longest unit that we ask a peer to send, bytes. */
const OUR_MAX_LENGTH = 65_536;

/** A kind of object or service, with the transfer syntaxes offered (a request) or the one taken (an answer). */
export interface Context {
  /** Odd. */
  readonly id: number;
  readonly sopClass: string;
  readonly transferSyntaxes: readonly string[];
}

/** What either side says when an association is made. */
export interface AssociateUnit {
  readonly calledAeTitle: string;
  readonly callingAeTitle: string;
  /** In an answer: the accepted ones, without SOP class. */
  readonly contexts: readonly Context[];
  /** The longest unit that the sender takes, bytes; 0: any. */
  readonly maxLength: number;
  /** Role selection items as they came; an acceptor sends them back. */
  readonly roles: readonly Buffer[];
}

export interface DataValue {
  readonly contextId: number;
  readonly isCommand: boolean;
  readonly isLast: boolean;
  readonly bytes: Buffer;
}

/** A-ASSOCIATE-RQ. */
export const associateRequest = (calledAeTitle: string, callingAeTitle: string, contexts: readonly Context[]): Buffer =>
  associate(PDU.request, { calledAeTitle, callingAeTitle, roles: [] }, contexts.map(proposed));

/** A-ASSOCIATE-AC: `contexts` with the one transfer syntax taken; none for a refused context. */
export const associateAccept = (request: AssociateUnit, contexts: readonly Context[]): Buffer =>
  associate(PDU.accept, request, contexts.map(answered));

function associate(
  type: number,
  { calledAeTitle, callingAeTitle, roles }: Pick<AssociateUnit, 'calledAeTitle' | 'callingAeTitle' | 'roles'>,
  contexts: readonly Buffer[],
): Buffer {
  const maxLength = Buffer.alloc(4);
  maxLength.writeUInt32BE(OUR_MAX_LENGTH);
  const user = [
    item(0x51, maxLength),
    item(0x52, Buffer.from(IMPLEMENTATION_UID)),
    ...roles.map((role) => item(0x54, role)),
    item(0x55, Buffer.from(IMPLEMENTATION_NAME)),
  ];
  const head = Buffer.alloc(68);
  head.writeUInt16BE(1, 0);
  head.write(calledAeTitle.padEnd(16), 4, 'latin1');
  head.write(callingAeTitle.padEnd(16), 20, 'latin1');
  const items = [item(0x10, Buffer.from(APPLICATION_CONTEXT)), ...contexts, item(0x50, Buffer.concat(user))];
  return unit(type, Buffer.concat([head, ...items]));
}

const proposed = ({ id, sopClass, transferSyntaxes }: Context): Buffer =>
  item(
    0x20,
    Buffer.concat([
      Buffer.from([id, 0, 0, 0]),
      item(0x30, Buffer.from(sopClass)),
      ...transferSyntaxes.map((syntax) => item(0x40, Buffer.from(syntax))),
    ]),
  );

const ACCEPTED = 0;
const ABSTRACT_SYNTAX_NOT_SUPPORTED = 3;
const answered = ({ id, transferSyntaxes: [syntax] }: Context): Buffer =>
  item(
    0x21,
    Buffer.concat([
      Buffer.from([id, 0, syntax === undefined ? ABSTRACT_SYNTAX_NOT_SUPPORTED : ACCEPTED, 0]),
      item(0x40, Buffer.from(syntax ?? '1.2.840.10008.1.2')),
    ]),
  );

/** P-DATA-TF with one value. */
export const dataUnit = (value: DataValue): Buffer => Buffer.concat(dataUnitParts(value));

/** The same as its head and its bytes, which are not copied. */
export function dataUnitParts({ contextId, isCommand, isLast, bytes }: DataValue): readonly Buffer[] {
  const head = Buffer.alloc(12);
  head[0] = PDU.data;
  head.writeUInt32BE(bytes.length + 6, 2);
  head.writeUInt32BE(bytes.length + 2, 6);
  head[10] = contextId;
  head[11] = (isCommand ? 1 : 0) | (isLast ? 2 : 0);
  return [head, bytes];
}

/** A-RELEASE-RQ or -RP, A-ABORT by the user, A-ASSOCIATE-RJ. */
export const releaseRequest = (): Buffer => unit(PDU.releaseRequest, Buffer.alloc(4));
export const releaseReply = (): Buffer => unit(PDU.releaseReply, Buffer.alloc(4));
export const abortUnit = (): Buffer => unit(PDU.abort, Buffer.alloc(4));
export const rejectUnit = (result: number, source: number, reason: number): Buffer =>
  unit(PDU.reject, Buffer.from([0, result, source, reason]));

function unit(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(6);
  head[0] = type;
  head.writeUInt32BE(body.length, 2);
  return Buffer.concat([head, body]);
}

function item(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head[0] = type;
  head.writeUInt16BE(body.length, 2);
  return Buffer.concat([head, body]);
}

/**
 * A-ASSOCIATE-RQ or -AC. In an answer the accepted contexts alone are told.
 * @throws RangeError where it ends too early
 */
export function readAssociate(body: Buffer): AssociateUnit {
  const items = itemsIn(body.subarray(68));
  const user = items.filter(({ type }) => type === 0x50).flatMap(({ bytes }) => itemsIn(bytes));
  const maxLength = user.find(({ type }) => type === 0x51)?.bytes;
  return {
    calledAeTitle: body.toString('latin1', 4, 20).trim(),
    callingAeTitle: body.toString('latin1', 20, 36).trim(),
    contexts: items.filter(isContext).map(({ bytes }) => readContext(bytes)),
    maxLength: maxLength?.readUInt32BE(0) ?? 0,
    roles: user.filter(({ type }) => type === 0x54).map(({ bytes }) => bytes),
  };
}

interface Item {
  readonly type: number;
  readonly bytes: Buffer;
}

const isContext = ({ type, bytes }: Item): boolean => type === 0x20 || (type === 0x21 && bytes[2] === ACCEPTED);

function readContext(bytes: Buffer): Context {
  const items = itemsIn(bytes.subarray(4));
  const texts = (wanted: number): readonly string[] =>
    items.filter(({ type }) => type === wanted).map((found) => found.bytes.toString('latin1').replace(/[\0 ]+$/, ''));
  return { id: bytes.readUInt8(0), sopClass: texts(0x30)[0] ?? '', transferSyntaxes: texts(0x40) };
}

function itemsIn(bytes: Buffer): readonly Item[] {
  const items: Item[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt16BE(at + 2);
    items.push({ type: bytes.readUInt8(at), bytes: bytes.subarray(at + 4, at + 4 + length) });
    at += 4 + length;
  }
  return items;
}

/**
 * The values of a P-DATA-TF.
 * @throws RangeError where it ends too early
 */
export function readData(body: Buffer): readonly DataValue[] {
  const values: DataValue[] = [];
  for (let at = 0; at < body.length;) {
    const length = body.readUInt32BE(at);
    const control = body.readUInt8(at + 5);
    values.push({
      contextId: body.readUInt8(at + 4),
      isCommand: (control & 1) !== 0,
      isLast: (control & 2) !== 0,
      bytes: body.subarray(at + 6, at + 4 + length),
    });
    at += 4 + Math.max(length, 2);
  }
  return values;
}
