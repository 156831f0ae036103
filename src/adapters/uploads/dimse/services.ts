import { randomUUID } from 'node:crypto';
import { type CaseError, permanent, transient } from '../../../domain/errors.js';
import { type Association, COMMAND, IMPLICIT, type Message, understood } from './association.js';
import { type CommitmentListener, PUSH_MODEL } from './commitment-listener.js';
import { dataSetOf, type DoseObject } from './dose-object.js';
import { decode, type Elements, encode, numberOf, text, textOf, uid, us } from './elements.js';
import { implicitDataSetOf } from './implicit.js';
import { badPeer } from './peer-error.js';
import { answerWords, type StoreAnswer, statusText } from './store-status.js';

/** The services we use of a peer, each one exchange on an open association. */

export const RT_DOSE = '1.2.840.10008.5.1.4.1.1.481.2';
export const VERIFICATION = '1.2.840.10008.1.1';
export const STUDY_ROOT_FIND = '1.2.840.10008.5.1.4.1.2.2.1';

const FIELD = { store: 0x0001, find: 0x0020, echo: 0x0030, action: 0x0130 } as const;
const TAG = {
  sopClass: 0x0008_0016,
  sopInstance: 0x0008_0018,
  level: 0x0008_0052,
  study: 0x0020_000d,
  series: 0x0020_000e,
  scaling: 0x3004_000e,
  referencedClass: 0x0008_1150,
  referencedInstance: 0x0008_1155,
  transaction: 0x0008_1195,
  references: 0x0008_1199,
} as const;

/** Of an exchange with one answer: its status, and what it says of it. */
async function answerOf(target: string, answers: AsyncIterable<Message>): Promise<StoreAnswer> {
  let status: number | null = null;
  let comment = '';
  for await (const { command } of answers) {
    status = numberOf(command, COMMAND.status);
    comment = textOf(command, COMMAND.errorComment);
  }
  if (status === null) throw badPeer(target, 'an answer without a status');
  return { status, comment };
}

interface Exchange {
  readonly target: string;
  readonly association: Association;
  readonly contextId: number;
  readonly signal: AbortSignal;
}

/** C-ECHO; gives its status. */
export async function echo({ target, association, contextId, signal }: Exchange): Promise<number> {
  const answers = association.ask(contextId, commandOf(FIELD.echo, VERIFICATION), null, signal);
  return (await answerOf(target, answers)).status;
}

/**
 * C-STORE of an object, as it lies in its file, or in implicit VR where that is what the peer took; gives its own answer.
 */
export function store({ target, association, contextId, signal }: Exchange, object: DoseObject): Promise<StoreAnswer> {
  const command = new Map([
    ...commandOf(FIELD.store, object.sopClassUid),
    [COMMAND.priority, us(0)] as const,
    [COMMAND.affectedInstance, uid(object.sopInstanceUid)] as const,
  ]);
  const isImplicit = association.syntaxOf(contextId) === IMPLICIT;
  const data = isImplicit ? implicitDataSetOf(object) : dataSetOf(object);
  return answerOf(target, association.ask(contextId, command, data, signal));
}

/** What a peer tells of an instance that it has. Empty where it does not say. */
export interface FoundObject {
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly doseGridScaling: string;
}

/**
 * C-FIND in the study root by SOP instance UID, wherever it is; then, for peers that must be told the study and series of an
 * image they are asked for, in those of `object`. Null when the peer has no such instance.
 * @throws transient `upload.verify-failed` when the peer cannot say
 */
export async function find(
  exchange: Exchange,
  sopInstanceUid: string,
  object: DoseObject | null,
): Promise<FoundObject | null> {
  const anywhere = await query(exchange, sopInstanceUid, null);
  if (anywhere.found !== null) return anywhere.found;
  const { found, answer } = object === null ? anywhere : await query(exchange, sopInstanceUid, object);
  if (found !== null || answer.status === 0) return found;
  throw transient(
    'upload.verify-failed',
    `upload target ${exchange.target} answered the query for the object with status ${statusText(answer.status)}`,
    { peerSaid: `C-FIND: ${answerWords(answer)}` },
  );
}

/** One query; gives the match, if any, and the final answer. */
async function query(
  { target, association, contextId, signal }: Exchange,
  sopInstanceUid: string,
  within: DoseObject | null,
): Promise<{ readonly found: FoundObject | null; readonly answer: StoreAnswer }> {
  const keys = new Map([
    [TAG.sopClass, Buffer.alloc(0)],
    [TAG.sopInstance, uid(sopInstanceUid)],
    [TAG.level, text('IMAGE')],
    [TAG.study, uid(within?.studyInstanceUid ?? '')],
    [TAG.series, uid(within?.seriesInstanceUid ?? '')],
    [TAG.scaling, Buffer.alloc(0)],
  ]);
  const command = new Map([...commandOf(FIELD.find, STUDY_ROOT_FIND), [COMMAND.priority, us(0)] as const]);
  let found: FoundObject | null = null;
  let final: StoreAnswer = { status: NO_STATUS, comment: '' };
  for await (const answer of association.ask(contextId, command, [encode(keys)], signal)) {
    const { command: said, data } = answer;
    final = { status: numberOf(said, COMMAND.status) ?? NO_STATUS, comment: textOf(said, COMMAND.errorComment) };
    if (data === null) continue;
    const match = understood(target, () => decode(data));
    // A peer that ignores a key answers with everything it has.
    if (textOf(match, TAG.sopInstance) === sopInstanceUid) found = foundObject(match);
  }
  return { found, answer: final };
}

/** No status of the standard; an answer that has none is a failure. */
const NO_STATUS = 0xffff;

const foundObject = (match: Elements): FoundObject => ({
  studyInstanceUid: textOf(match, TAG.study),
  seriesInstanceUid: textOf(match, TAG.series),
  doseGridScaling: textOf(match, TAG.scaling),
});

/** What is wrong with the peer's instance, in words; null when it tells nothing that differs from our object. */
export function difference(found: FoundObject, object: DoseObject): string | null {
  if (differ(found.studyInstanceUid, object.studyInstanceUid)) return 'it is in another study';
  if (differ(found.seriesInstanceUid, object.seriesInstanceUid)) return 'it is in another series';
  const theirs = Number(found.doseGridScaling);
  const ours = Number(object.doseGridScaling);
  // A peer may write the same number in another way.
  const isOther = found.doseGridScaling !== '' && Math.abs(theirs - ours) > 1e-6 * Math.abs(ours);
  return isOther ? 'its Dose Grid Scaling is another' : null;
}

const differ = (theirs: string, ours: string): boolean => theirs !== '' && theirs !== ours;

/**
 * Storage commitment: N-ACTION on the association, which is then released, and the report on our own port.
 * @throws as `CommitmentListener.reportOf`; `upload.verify-failed`, `upload.uid-conflict` by the reason in the report
 */
export async function commit(
  { target, association, contextId, signal }: Exchange,
  object: DoseObject,
  listener: CommitmentListener,
): Promise<void> {
  const transactionUid = `2.25.${BigInt(`0x${randomUUID().replaceAll('-', '')}`).toString()}`;
  const reference = new Map([
    [TAG.referencedClass, uid(object.sopClassUid)],
    [TAG.referencedInstance, uid(object.sopInstanceUid)],
  ]);
  const data = encode(
    new Map<number, Buffer | Elements[]>([
      [TAG.transaction, uid(transactionUid)],
      [TAG.references, [reference]],
    ]),
  );
  const command = new Map([
    [COMMAND.requestedClass, uid(PUSH_MODEL)],
    [COMMAND.field, us(FIELD.action)],
    [COMMAND.requestedInstance, uid(`${PUSH_MODEL}.1`)],
    [COMMAND.actionType, us(1)],
  ]);
  const request = async (): Promise<void> => {
    const answer = await answerOf(target, association.ask(contextId, command, [data], signal));
    // A peer that may use this association for its report waits for its end: it is ended, so that it calls our port.
    await association.release();
    if (answer.status === 0) return;
    const words = `it answered the request with status ${statusText(answer.status)}`;
    throw notCommitted(target, words, `N-ACTION: ${answerWords(answer)}`);
  };
  const { kept, failed } = await listener.reportOf(transactionUid, request, signal);
  if (kept.includes(object.sopInstanceUid)) return;
  throw failure(target, failed.get(object.sopInstanceUid) ?? null);
}

const CLASS_CONFLICT = 0x0119;

function failure(target: string, reason: number | null): CaseError {
  if (reason === CLASS_CONFLICT) {
    return permanent('upload.uid-conflict', `upload target ${target} holds an object of another class under the UID`, {
      remedy: 'remove the other object at the target or have a new run made, then: mqi retry ID',
    });
  }
  if (reason === null) return notCommitted(target, 'its report leaves the object out', 'N-EVENT-REPORT without it');
  const said = `N-EVENT-REPORT: ${answerWords({ status: reason, comment: '' })}`;
  return notCommitted(target, `reason ${statusText(reason)}`, said);
}

function notCommitted(target: string, why: string, peerSaid: string): CaseError {
  const words = `upload target ${target} does not commit itself to keep the object: ${why}`;
  return transient('upload.verify-failed', words, { peerSaid });
}

const commandOf = (field: number, sopClass: string): Map<number, Buffer> =>
  new Map([
    [COMMAND.affectedClass, uid(sopClass)],
    [COMMAND.field, us(field)],
  ]);

/** Contexts to propose for a service: our objects in the transfer syntax of their files, all else in implicit VR. */
export const inImplicit = (
  sopClass: string,
): { readonly sopClass: string; readonly transferSyntaxes: readonly string[] } => ({
  sopClass,
  transferSyntaxes: [IMPLICIT],
});
