import { type CaseError, permanent, transient } from '../../../domain/errors.js';
import { difference, type FoundObject } from './services.js';
import type { DoseObject } from './dose-object.js';

/** How a peer's having an object was proven, and its words. */
export interface Proof {
  readonly verifiedBy: string;
  readonly peerSaid: string;
}

/** @throws permanent `upload.uid-conflict` where what the peer found under the UID is not ours */
export function mustBeOurs(target: string, found: FoundObject, object: DoseObject): void {
  const what = difference(found, object);
  if (what !== null) throw heldByAnother(target, what);
}

/** @param what in which it differs from ours */
export const heldByAnother = (target: string, what: string): CaseError =>
  permanent(
    'upload.uid-conflict',
    `upload target ${target} holds another object under the same SOP instance UID: ${what}`,
    { remedy: 'remove the other object at the target or have a new run made, then: mqi retry ID' },
  );

/** @param peerSaid of the object and of the query */
export const takenAndNotFound = (target: string, peerSaid: string): CaseError =>
  transient('upload.verify-failed', `upload target ${target} took the object and does not find it`, { peerSaid });
