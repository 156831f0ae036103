import { type CaseError, operator, permanent, transient } from '../../../domain/errors.js';

/** What a status of a C-STORE answer says of the object (PS3.4 section B.2.3, PS3.7 annex C). */
export type StoreVerdict = 'stored' | 'warning' | 'present' | CaseError;

const DUPLICATE_INSTANCE = 0x0111;
/** Attribute list error, attribute value out of range, optional attributes not supported: stored all the same. */
const WARNINGS = new Set([0x0001, 0x0107, 0x0116]);
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

/**
 * The rule: 0000 is stored; Bxxx and three general warnings are stored with a remark; A7xx passes; A9xx and Cxxx are final; of
 * the general failures, those of the object are final, those of a moment pass, the others need a person. What the standard
 * does not know is tried again, as often as anything transient.
 */
export function storeVerdict(target: string, status: number): StoreVerdict {
  if (status === 0) return 'stored';
  if (WARNINGS.has(status) || status >>> 12 === 0xb) return 'warning';
  if (status === DUPLICATE_INSTANCE) return 'present';
  const [fate, why] = GENERAL.get(status) ?? ofStorage(status);
  return failure(fate, `upload target ${target} refused the object with status ${statusText(status)}: ${why}`);
}

/** PS3.4 table B.2-1. */
function ofStorage(status: number): readonly [Fate, string] {
  if (status >>> 12 === 0xc) return ['final', 'it cannot understand it'];
  if (status >>> 8 === 0xa9) return ['final', 'it does not match its SOP class'];
  if (status >>> 8 === 0xa7) return ['passing', 'out of resources'];
  return ['passing', 'no status that the standard knows'];
}

function failure(fate: Fate, words: string): CaseError {
  switch (fate) {
    case 'passing':
      return transient('upload.refused', words);
    case 'final':
      return permanent('upload.refused', words, {
        remedy: 'ask who runs the peer what it wants of an RT Dose, then: mqi retry ID',
      });
    case 'not taken':
      return operator('upload.not-supported', words, {
        remedy: 'have RT Dose Storage allowed at the peer, then: mqi resume ID',
      });
    case 'not authorised':
      return operator('upload.auth', words, {
        remedy: 'have storing by this AE title allowed at the peer, then: mqi resume ID',
      });
    case 'other object':
      return permanent('upload.uid-conflict', words, {
        remedy: 'remove the other object at the target or have a new run made, then: mqi retry ID',
      });
  }
}

/** For sites where a warning is no delivery. */
export const warned = (target: string, status: number): CaseError =>
  permanent(
    'upload.warning',
    `upload target ${target} stored the object with a warning (status ${statusText(status)})`,
    { remedy: 'see at the peer what it changed; warnings: delivered takes it as delivered, then: mqi retry ID' },
  );
