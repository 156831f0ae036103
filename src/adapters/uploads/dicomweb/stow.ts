import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { transient } from '../../../domain/errors.js';
import { dataSetOf, type DoseObject } from '../dimse/dose-object.js';
import type { FoundObject } from '../dimse/services.js';
import type { StoreAnswer } from '../dimse/store-status.js';
import type { WebAnswer } from './web-answer.js';
import { httpFailure, type WebClient } from './web-client.js';

const attribute = z.looseObject({ Value: z.array(z.unknown()).optional() });
const dataset = z.record(z.string(), attribute);
type Dataset = z.output<typeof dataset>;

const JSON_TYPE = 'application/dicom+json';
const TAG = {
  instance: '00081155',
  warning: '00081196',
  reason: '00081197',
  failed: '00081198',
  referenced: '00081199',
  study: '0020000D',
  series: '0020000E',
  sopInstance: '00080018',
  scaling: '3004000E',
} as const;

interface Asking {
  readonly target: string;
  readonly client: WebClient;
  readonly signal: AbortSignal;
}

/**
 * STOW-RS of one object, streamed from its file. Gives the DICOM status of the instance as the body of the answer tells it
 * (0: stored), beside which the HTTP status is a comment; that counts only where the body says nothing of the instance.
 * @throws CaseErrors of `WebClient.ask` and `httpFailure`; permanent `dose.damaged`
 */
export async function stow(
  { target, client, signal }: Asking,
  object: DoseObject,
  bytes: number,
): Promise<StoreAnswer> {
  const boundary = `mqi-${randomUUID()}`;
  const head = Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`);
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  async function* body(): AsyncGenerator<Uint8Array, void> {
    yield head;
    yield* dataSetOf({ ...object, dataAt: 0 });
    yield tail;
  }
  const headers = {
    'content-type': `multipart/related; type="application/dicom"; boundary=${boundary}`,
    'content-length': String(head.length + bytes + tail.length),
    accept: JSON_TYPE,
  };
  const answer = await client.ask('/studies', { headers, body: body() }, signal);
  const status = statusIn((await datasets(answer)) ?? [], object.sopInstanceUid);
  if (status !== null) return { status, comment: `HTTP status ${String(answer.status)}` };
  if (!answer.ok) throw httpFailure(target, answer.status);
  throw transient('upload.protocol', `upload target ${target} does not say what became of the object`);
}

const PROCESSING_FAILURE = 0x0110;

function statusIn(answers: readonly Dataset[], sopInstanceUid: string): number | null {
  const among = (tag: string): Dataset | undefined =>
    answers.flatMap((answer) => itemsOf(answer, tag)).find((item) => valueOf(item, TAG.instance) === sopInstanceUid);
  const stored = among(TAG.referenced);
  if (stored !== undefined) return Number(valueOf(stored, TAG.warning) || 0);
  const failed = among(TAG.failed);
  return failed === undefined ? null : Number(valueOf(failed, TAG.reason) || PROCESSING_FAILURE);
}

/**
 * QIDO-RS by SOP instance UID; null when the server has no such instance.
 * @throws CaseErrors of `WebClient.ask` and `httpFailure`; transient `upload.protocol`
 */
export async function qido({ target, client, signal }: Asking, sopInstanceUid: string): Promise<FoundObject | null> {
  const path = `/instances?SOPInstanceUID=${encodeURIComponent(sopInstanceUid)}&includefield=${TAG.scaling}`;
  const answer = await client.ask(path, { headers: { accept: JSON_TYPE } }, signal);
  if (answer.status === 204) {
    answer.drop();
    return null;
  }
  if (!answer.ok) {
    answer.drop();
    throw httpFailure(target, answer.status);
  }
  const matches = await datasets(answer);
  // A page of some proxy does not say that the object is not there.
  if (matches === null)
    throw transient('upload.protocol', `upload target ${target} answers a query with no DICOM JSON`);
  const match = matches.find((found) => valueOf(found, TAG.sopInstance) === sopInstanceUid);
  if (match === undefined) return null;
  return {
    studyInstanceUid: valueOf(match, TAG.study),
    seriesInstanceUid: valueOf(match, TAG.series),
    doseGridScaling: valueOf(match, TAG.scaling),
  };
}

/** Data sets of an answer; null where it is no DICOM JSON. */
async function datasets(answer: WebAnswer): Promise<readonly Dataset[] | null> {
  const text = await answer.text();
  if (text.trim() === '') return [];
  const parsed = z.union([z.array(dataset), dataset.transform((one) => [one])]).safeParse(json(text));
  return parsed.success ? parsed.data : null;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A page of a proxy, or nothing: then the HTTP status is what there is.
    return null;
  }
}

const itemsOf = (from: Dataset, tag: string): readonly Dataset[] =>
  (from[tag]?.Value ?? []).flatMap((item) => {
    const parsed = dataset.safeParse(item);
    return parsed.success ? [parsed.data] : [];
  });

function valueOf(from: Dataset, tag: string): string {
  const value = from[tag]?.Value?.[0];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
