import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { dataSetOf, type DoseObject } from '../dimse/dose-object.js';
import { instancePath } from './instance-path.js';
import { httpFailure, type WebClient } from './web-client.js';

/** Head of the part, preamble and group 0002 are shorter. */
const MAX_HEAD = 64 * 1024;
const META_LENGTH_AT = 140;
const META_AT = 144;

/**
 * WADO-RS of an object, read while it comes. True when its data set is ours byte for byte; what stands before it (group
 * 0002) is each server's own.
 * @throws CaseErrors of `WebClient.ask` and `httpFailure`; transient `upload.protocol`
 */
export async function isKeptAsSent(
  { target, client, signal }: { readonly target: string; readonly client: WebClient; readonly signal: AbortSignal },
  object: DoseObject,
): Promise<boolean> {
  const accept = `multipart/related; type="application/dicom"; transfer-syntax=${object.transferSyntaxUid}`;
  const answer = await client.ask(instancePath(object), { headers: { accept } }, signal);
  if (!answer.ok) {
    answer.drop();
    throw httpFailure(target, answer.status);
  }
  const wanted = (await stat(object.path)).size - object.dataAt;
  const theirs = new PartDigest(wanted);
  for await (const chunk of answer.bytes()) theirs.add(chunk);
  const ours = createHash('sha256');
  for await (const chunk of dataSetOf(object)) ours.update(chunk);
  return theirs.digest() === ours.digest('hex');
}

/** Digest of the first part's data set, which must have the length we expect and then the boundary. */
class PartDigest {
  readonly #hash = createHash('sha256');
  #head: Buffer | null = Buffer.alloc(0);
  #missing: number;
  #after = '';

  constructor(length: number) {
    this.#missing = length;
  }

  add(chunk: Buffer): void {
    if (this.#head === null) {
      this.#data(chunk);
      return;
    }
    this.#head = Buffer.concat([this.#head, chunk]);
    const part = this.#head.indexOf('\r\n\r\n') + 4;
    if (part < 4 || this.#head.length < part + META_AT) {
      if (this.#head.length > MAX_HEAD) this.#head = null;
      return;
    }
    const data = part + META_AT + this.#head.readUInt32LE(part + META_LENGTH_AT);
    if (this.#head.length < data) return;
    const rest = this.#head.subarray(data);
    this.#head = null;
    this.#data(rest);
  }

  /** Null where the length differs. */
  digest(): string | null {
    return this.#missing === 0 && this.#after === '\r\n--' ? this.#hash.digest('hex') : null;
  }

  #data(chunk: Buffer): void {
    const ours = chunk.subarray(0, this.#missing);
    this.#hash.update(ours);
    this.#missing -= ours.length;
    const after = chunk.subarray(ours.length);
    this.#after = `${this.#after}${after.toString('latin1', 0, 4)}`.slice(0, 4);
  }
}
