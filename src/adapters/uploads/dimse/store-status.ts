import { type CaseError, operator, permanent, transient } from '../../../domain/errors.js';

type WarningFate = 'delivered' | 'failed';

/** Statuses of warning that Storage itself has (PS3.4 table B.2-1); a site may have a rule for each. */
interface RulesByStatus {
  readonly B000?: WarningFate | null;
  readonly B006?: WarningFate | null;
  readonly B007?: WarningFate | null;
}

/** What a site takes a warning for. */
export interface WarningRules {
  readonly warnings: WarningFate;
  /** By status; null or left out: as `warnings` says. */
  readonly warningRules?: RulesByStatus;
}

/** A peer's answer to an object. */
export interface StoreAnswer {
  readonly status: number;
  /** Its Error Comment, or whatever words came with the status; empty where there are none. */
  readonly comment: string;
}

const DUPLICATE_INSTANCE = 0x0111;
/** Attribute list error, attribute value out of range, optional attributes not supported: stored all the same. */
const WARNINGS: ReadonlyMap<number, string> = new Map([
  [0x0001, 'optional attributes not supported'],
  [0x0107, 'attribute list error'],
  [0x0116, 'attribute value out of range'],
  [0xb000, 'coercion of data elements'],
  [0xb006, 'elements discarded'],
  [0xb007, 'data set does not match SOP class'],
]);
/** Failures that PS3.7 annex C has for any service; those of Storage itself are told by their class below. */
const GENERAL: ReadonlyMap<number, readonly [Fate, string]> = new Map([
  [0x0105, ['final', 'no such attribute']],
  [0x0106, ['final', 'invalid attribute value']],
  [0x0110, ['passing', 'processing failure']],
  [0x0115, ['final', 'invalid argument value']],
  [0x0117, ['final', 'invalid object instance']],
  [0x0118, ['not taken', 'no such SOP class']],
  [0x0119, ['other object', 'the instance is of another class there']],
  [0x0120, ['final', 'missing attribute']],
  [0x0121, ['final', 'missing attribute value']],
  [0x0122, ['not taken', 'SOP class not supported']],
  [0x0124, ['not authorised', 'not authorised']],
  [0x0210, ['passing', 'duplicate invocation']],
  [0x0211, ['not taken', 'unrecognised operation']],
  [0x0212, ['final', 'mistyped argument']],
  [0x0213, ['passing', 'resource limitation']],
]);

type Fate = 'passing' | 'final' | 'not taken' | 'not authorised' | 'other object';

/** `B007`, as conformance statements write it. */
export const statusText = (status: number): string => status.toString(16).toUpperCase().padStart(4, '0');

/** The answer as the peer gave it, for the receipt: `B007 data set does not match SOP class: comment`. */
export function answerWords({ status, comment }: StoreAnswer): string {
  const said = `${statusText(status)} ${meaningOf(status)}`;
  return comment === '' ? said : `${said}: ${comment.replace(NUMBERS, '[...]')}`;
}

/** A comment may quote the number of a patient or of an order; none of a status is so long. */
const NUMBERS = /\d{5,}/g;

function meaningOf(status: number): string {
  if (status === 0) return 'success';
  if (status === DUPLICATE_INSTANCE) return 'duplicate SOP instance';
  if (isWarning(status)) return WARNINGS.get(status) ?? 'warning';
  const [, why] = GENERAL.get(status) ?? ofStorage(status);
  return why;
}

const isWarning = (status: number): boolean => WARNINGS.has(status) || status >>> 12 === 0xb;

/**
 * What an answer to C-STORE says of the object (PS3.4 section B.2.3, PS3.7 annex C): 0000 is stored; Bxxx and three general
 * warnings are stored with a remark, or fail where the site wants it; A7xx passes; A9xx and Cxxx are final; of the general
 * failures, those of the object are final, those of a moment pass, the others need a person. What the standard does not
 * know is tried again, as often as anything transient.
 * @throws CaseErrors `upload.refused`, `upload.not-supported`, `upload.auth`, `upload.uid-conflict`, `upload.warning`
 */
export function judgeStore(target: string, answer: StoreAnswer, rules: WarningRules): 'stored' | 'warning' | 'present' {
  const { status } = answer;
  if (status === 0) return 'stored';
  if (status === DUPLICATE_INSTANCE) return 'present';
  const peerSaid = answerWords(answer);
  if (isWarning(status)) {
    if (fateOfWarning(status, rules) === 'failed') throw warned(target, status, peerSaid);
    return 'warning';
  }
  const [fate, why] = GENERAL.get(status) ?? ofStorage(status);
  throw failure(fate, `upload target ${target} refused the object with status ${statusText(status)}: ${why}`, peerSaid);
}

function fateOfWarning(status: number, { warnings, warningRules }: WarningRules): WarningFate {
  const { B000, B006, B007 }: RulesByStatus = warningRules ?? {};
  const byStatus = new Map([
    [0xb000, B000],
    [0xb006, B006],
    [0xb007, B007],
  ]);
  return byStatus.get(status) ?? warnings;
}

/** PS3.4 table B.2-1. */
function ofStorage(status: number): readonly [Fate, string] {
  if (status >>> 12 === 0xc) return ['final', 'it cannot understand it'];
  if (status >>> 8 === 0xa9) return ['final', 'it does not match its SOP class'];
  if (status >>> 8 === 0xa7) return ['passing', 'out of resources'];
  return ['passing', 'no status that the standard knows'];
}

function failure(fate: Fate, words: string, peerSaid: string): CaseError {
  switch (fate) {
    case 'passing':
      return transient('upload.refused', words, { peerSaid });
    case 'final':
      return permanent('upload.refused', words, {
        peerSaid,
        remedy: 'ask who runs the peer what it wants of an RT Dose, then: mqi retry ID',
      });
    case 'not taken':
      return operator('upload.not-supported', words, {
        peerSaid,
        remedy: 'have RT Dose Storage allowed at the peer, then: mqi resume ID',
      });
    case 'not authorised':
      return operator('upload.auth', words, {
        peerSaid,
        remedy: 'have storing by this AE title allowed at the peer, then: mqi resume ID',
      });
    case 'other object':
      return permanent('upload.uid-conflict', words, {
        peerSaid,
        remedy: 'remove the other object at the target or have a new run made, then: mqi retry ID',
      });
  }
}

const warned = (target: string, status: number, peerSaid: string): CaseError =>
  permanent(
    'upload.warning',
    `upload target ${target} stored the object with a warning (status ${statusText(status)})`,
    {
      peerSaid,
      remedy: 'see at the peer what it changed; warnings: delivered takes it as delivered, then: mqi retry ID',
    },
  );
