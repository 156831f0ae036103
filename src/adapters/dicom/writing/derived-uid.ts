import { createHash } from 'node:crypto';

/**
 * A UID that depends on `names` alone: `2.25.` and a UUID as an integer (DICOM PS3.5 B.2). The UUID is version 8
 * (RFC 9562 5.8) with bits of SHA-256, so the same names give the same UID on every machine, at every repeat.
 */
export function derivedUid(...names: readonly (string | number)[]): string {
  const bytes = createHash('sha256').update(JSON.stringify(names)).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return `2.25.${BigInt(`0x${bytes.toString('hex')}`).toString()}`;
}
