import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { operator, type CaseError } from '../../domain/errors.js';

export interface KeyPlace {
  /** Absolute; its content but for white space around it is the key. */
  readonly keyFile: string | null;
  /** Name of the variable of the environment that holds it. */
  readonly keyEnv: string | null;
}

const LEAST_BYTES = 16;
/** Crockford's base 32 in upper case: no I, L, O, U, which are misread or spell words. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Everything that is made with the key. Without it nothing of what it makes can be computed, or told to be of somebody. */
export class PseudonymKey {
  private constructor(private readonly key: Buffer) {}

  /** Read anew each time, so that no copy outlives its use; @throws operator `deidentify.key`. */
  static async read(target: string, { keyFile, keyEnv }: KeyPlace): Promise<PseudonymKey> {
    const text = keyFile === null ? fromEnvironment(target, keyEnv ?? '') : await fromFile(target, keyFile);
    const key = Buffer.from(text.trim(), 'utf8');
    if (key.length < LEAST_BYTES) throw noKey(target, `is shorter than ${String(LEAST_BYTES)} bytes`);
    return new PseudonymKey(key);
  }

  /** Tells one key from another. */
  get scope(): string {
    return this.#digest('scope', '').subarray(0, 8).toString('hex');
  }

  /** `P-` and twelve characters: 60 bits. */
  patient(original: string, prefix: string): string {
    return `${prefix}-${this.token('patient', original, 12)}`;
  }

  token(kind: string, original: string, length: number): string {
    const digest = this.#digest(kind, original);
    return Array.from(digest.subarray(0, length), (byte) => ALPHABET[byte % 32]).join('');
  }

  /** `2.25.` and a UUID of version 8 as an integer (PS3.5 B.2), as our own UIDs are. */
  uid(original: string): string {
    const bytes = this.#digest('uid', original).subarray(0, 16);
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    return `2.25.${BigInt(`0x${bytes.toString('hex')}`).toString()}`;
  }

  /** Days to move the dates of a patient by: -1 to -most, so that nothing comes to lie in the future. */
  shiftDays(pseudonym: string, most: number): number {
    return -1 - (this.#digest('days', pseudonym).readUInt32BE(0) % most);
  }

  #digest(kind: string, original: string): Buffer {
    return createHmac('sha256', this.key)
      .update(JSON.stringify([kind, original]))
      .digest();
  }
}

function fromEnvironment(target: string, name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw noKey(target, `is not set in the variable ${name}`);
  return value;
}

const fromFile = (target: string, path: string): Promise<string> =>
  readFile(path, 'utf8').catch((cause: unknown) => {
    throw noKey(target, 'cannot be read from its file', cause);
  });

const noKey = (target: string, what: string, cause?: unknown): CaseError =>
  operator('deidentify.key', `the key of the pseudonyms of upload target ${target} ${what}`, {
    cause,
    remedy:
      'put it where deidentify of the target says (the same one as before, or every patient gets a new pseudonym), then: mqi resume ID',
  });
