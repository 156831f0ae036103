import { type CaseError, operator, transient } from '../../../domain/errors.js';

/** What a peer of the DICOM network did, as CaseErrors. The peer's own texts are left out: they may name a patient. */

export const timedOut = (target: string, stage: string, seconds: number): CaseError =>
  transient('upload.timeout', `upload target ${target}: ${stage} took longer than ${String(seconds)} s`);

export const aborted = (target: string): CaseError =>
  transient('upload.aborted', `upload target ${target} aborted the association`);

export const closed = (target: string, cause?: unknown): CaseError =>
  transient('upload.aborted', `upload target ${target} closed the connection without an answer`, { cause });

export const badPeer = (target: string, what: string, cause?: unknown): CaseError =>
  transient('upload.protocol', `upload target ${target} broke the DICOM protocol: ${what}`, { cause });

/** Codes of Node's and OpenSSL's refusals of a certificate or of a handshake. */
const TLS_CODE = /CERT|^ERR_(TLS|SSL)|SELF_SIGNED|^EPROTO$|UNABLE_TO/;

/** Of the operating system, Node or OpenSSL; a refusal by the latter two is no answer to a system call. */
const codeOf = (thrown: unknown): string =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : 'unknown';

/** A connection that did not come about, or broke. */
export function connectionError(target: string, thrown: unknown): CaseError {
  const code = codeOf(thrown);
  if (TLS_CODE.test(code)) {
    return operator('upload.tls', `upload target ${target}: no TLS connection (${code})`, {
      cause: thrown,
      remedy: 'check the certificates under uploads (tls of the target) and those of the peer, then: mqi resume ID',
    });
  }
  return transient('upload.unavailable', `upload target ${target} cannot be reached (${code})`, { cause: thrown });
}

const TRANSIENT = 2;
const BY_USER = 1;
const BY_PRESENTATION = 3;
const CALLING_UNKNOWN = 3;
const CALLED_UNKNOWN = 7;

/** A-ASSOCIATE-RJ, by result, source and reason (PS3.8 table 9-21). */
export function rejected(target: string, result: number, source: number, reason: number): CaseError {
  const words = `upload target ${target} rejected the association`;
  if (source === BY_USER && reason === CALLED_UNKNOWN) {
    return operator('upload.ae-title', `${words}: called AE title not recognised`, {
      remedy: 'correct dicom.calledAeTitle of the target, or the title of the peer, then: mqi resume ID',
    });
  }
  if (source === BY_USER && reason === CALLING_UNKNOWN) {
    return operator('upload.ae-title', `${words}: calling AE title not recognised`, {
      remedy: 'have dicom.callingAeTitle of the target entered at the peer, then: mqi resume ID',
    });
  }
  const numbers = `result ${String(result)}, source ${String(source)}, reason ${String(reason)}`;
  if (result === TRANSIENT || source === BY_PRESENTATION) {
    return transient('upload.rejected', `${words} for now (${numbers})`);
  }
  return operator('upload.rejected', `${words} (${numbers})`, {
    remedy: 'ask who runs the peer why it takes nothing from this service, then: mqi resume ID',
  });
}
