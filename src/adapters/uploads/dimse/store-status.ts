import { type CaseError, operator, permanent, transient } from '../../../domain/errors.js';

/** What a status of a C-STORE answer says of the object (PS3.4 section B.2.3, PS3.7 annex C). */
export type StoreVerdict = 'stored' | 'warning' | 'present' | CaseError;

const DUPLICATE_INSTANCE = 0x0111;
/** Attribute list error, attribute value out of range: stored all the same. */
const WARNINGS = new Set([0x0001, 0x0107, 0x0116]);
const NOT_SUPPORTED = new Set([0x0112, 0x0122]);
const NOT_AUTHORISED = 0x0124;
/** Processing failure; whatever its cause, the same object may be taken later. */
const PROCESSING_FAILURE = 0x0110;

/** `B007`, as conformance statements write it. */
export const statusText = (status: number): string => status.toString(16).toUpperCase().padStart(4, '0');

/**
 * The rule: 0000 is stored; Bxxx and three general warnings are stored with a remark; A7xx passes; A9xx and Cxxx are final;
 * 0122 and 0124 need a person. What the standard does not know is tried again, as often as anything transient.
 */
export function storeVerdict(target: string, status: number): StoreVerdict {
  if (status === 0) return 'stored';
  if (WARNINGS.has(status) || status >>> 12 === 0xb) return 'warning';
  if (status === DUPLICATE_INSTANCE) return 'present';
  return refusal(`upload target ${target} refused the object with status ${statusText(status)}`, status);
}

function refusal(words: string, status: number): CaseError {
  if (NOT_SUPPORTED.has(status)) {
    return operator('upload.not-supported', `${words}: it takes no RT Dose`, {
      remedy: 'have RT Dose Storage allowed at the peer, then: mqi resume ID',
    });
  }
  if (status === NOT_AUTHORISED) {
    return operator('upload.auth', `${words}: not authorised`, {
      remedy: 'have storing by this AE title allowed at the peer, then: mqi resume ID',
    });
  }
  if (status >>> 12 === 0xc) return final(`${words}: it cannot understand it`);
  if (status >>> 8 === 0xa9) return final(`${words}: it does not match its SOP class`);
  if (status >>> 8 === 0xa7) return transient('upload.refused', `${words}: out of resources`);
  return transient('upload.refused', status === PROCESSING_FAILURE ? `${words}: processing failure` : words);
}

const final = (words: string): CaseError =>
  permanent('upload.refused', words, {
    remedy: 'ask who runs the peer what it wants of an RT Dose, then: mqi retry ID',
  });
