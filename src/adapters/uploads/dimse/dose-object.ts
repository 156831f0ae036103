import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import dicomParser from 'dicom-parser';
import { permanent } from '../../../domain/errors.js';
import { systemCode } from '../../../files/system-code.js';
import type { MadeDose } from '../../../ports/dose-maker.js';

/** What is told of an object besides its bytes. */
export interface DoseObject {
  readonly path: string;
  readonly sha256: string;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  /** Dose Grid Scaling; two doses under one UID differ in it, for it is the maximum over the largest whole number. */
  readonly doseGridScaling: string;
  /** Where the data set begins in the file, bytes: after the file meta information. */
  readonly dataAt: number;
}

/** Our RT Dose has its pixels last; what precedes them is far shorter. */
export const HEADER_BYTES = 256 * 1024;
/** Preamble, DICM, and the element of the length of group 0002. */
const BEFORE_META = 128 + 4 + 12;
const PIXEL_DATA = 'x7fe00010';

/**
 * Reads the header of an RT Dose that this service made.
 * @throws permanent `dose.damaged` when it is no such file
 */
export async function readDoseObject({ path, sha256, sopInstanceUid }: MadeDose): Promise<DoseObject> {
  const header = await readStart(path);
  const parsed = parse(header);
  const object = {
    path,
    sha256,
    sopClassUid: parsed.string('x00080016') ?? '',
    sopInstanceUid: parsed.string('x00080018') ?? '',
    transferSyntaxUid: parsed.string('x00020010') ?? '',
    studyInstanceUid: parsed.string('x0020000d') ?? '',
    seriesInstanceUid: parsed.string('x0020000e') ?? '',
    doseGridScaling: parsed.string('x3004000e') ?? '',
    dataAt: BEFORE_META + (parsed.uint32('x00020000') ?? 0),
  };
  if (object.sopInstanceUid !== sopInstanceUid || object.transferSyntaxUid === '') throw damaged();
  return object;
}

/**
 * The data set as it lies in the file. The last piece is given only once the whole file was seen to be what was recorded.
 * @throws permanent `dose.damaged`
 */
export async function* dataSetOf({ path, sha256, dataAt }: DoseObject): AsyncGenerator<Buffer, void> {
  const hash = createHash('sha256');
  let held: Buffer | null = null;
  let at = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      if (held !== null) yield held;
      held = chunk.subarray(Math.min(chunk.length, Math.max(0, dataAt - at)));
      at += chunk.length;
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') throw damaged(error);
    throw error;
  }
  if (held === null || hash.digest('hex') !== sha256) throw damaged();
  yield held;
}

async function readStart(path: string): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') throw damaged(error);
    throw error;
  }
}

function parse(header: Buffer): dicomParser.DataSet {
  try {
    return dicomParser.parseDicom(header, { untilTag: PIXEL_DATA });
  } catch (error) {
    throw damaged(error);
  }
}

const damaged = (cause?: unknown): Error =>
  permanent('dose.damaged', 'an RT Dose in the work folder is missing or has changed since it was made', {
    cause,
    remedy: 'have it made again: mqi retry ID --from simulate',
  });
