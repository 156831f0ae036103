import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { CaseError } from '../../../domain/errors.js';
import type { Identity, IdentityKind } from '../../../domain/identity.js';
import type { PatientIdentities } from '../../../ports/patient-identities.js';
import { parseDataSet, type DicomDataSet } from './data-set.js';
import { locateDataSet } from './data-set-start.js';
import { walkFolder } from './folder-walk.js';
import { inflatePrefix } from './inflate.js';

type Found = Omit<Identity, 'caseId'>;

/** Patient, people and what is given to them as names. The elements of PS3.15 annex E that a case may well carry. */
const NAMES: Readonly<Record<string, IdentityKind>> = {
  x00100010: 'patient name',
  x00101001: 'patient name',
  x00101005: 'patient name',
  x00101060: 'patient name',
  x00100020: 'patient ID',
  x00101000: 'patient ID',
  x00100030: 'birth date',
  x00081070: 'operator',
  x00080090: 'operator',
  x00081048: 'operator',
  x00081050: 'operator',
  x00081060: 'operator',
  x00321032: 'operator',
  x300e0008: 'operator',
  x300a0002: 'label',
  x300a0003: 'label',
};
/** Behind all of these. */
const REVIEWER = 'x300e0008';
/** All but the reviewer stand well before this in any file. */
const HEADER_BYTES = 128 * 1024;
/** Who approved a plan or a structure set stands behind its beams or contours. */
const WHOLE_BYTES = 64 * 2 ** 20;
const MODALITY = 'x00080060';
const WHOLE_MODALITIES: readonly string[] = ['RTPLAN', 'RTSTRUCT'];
const AT_ONCE = 16;

/** Reads the beginning of each file, as far as the elements that name people reach. */
export class DicomIdentities implements PatientIdentities {
  constructor(private readonly limits: { readonly maxFiles: number }) {}

  async ofFile(path: string): Promise<readonly Found[]> {
    const dataSet = await dataSetOf(path, HEADER_BYTES);
    if (dataSet === null) return [];
    const isWhole = WHOLE_MODALITIES.includes(dataSet.strings(MODALITY)[0] ?? '');
    const whole = isWhole ? ((await dataSetOf(path, WHOLE_BYTES)) ?? dataSet) : dataSet;
    return Object.entries(NAMES).flatMap(([tag, kind]) => textsOf(whole, tag).map((text) => ({ kind, text })));
  }

  async ofFolder(folder: string, signal: AbortSignal): Promise<readonly Found[] | null> {
    const files = await this.#files(folder, signal);
    if (files === null) return null;
    const found = new Map<string, Found>();
    for (let from = 0; from < files.length; from += AT_ONCE) {
      signal.throwIfAborted();
      const some = files.slice(from, from + AT_ONCE).map((file) => this.ofFile(join(folder, file)));
      for (const one of (await Promise.all(some)).flat()) found.set(`${one.kind} ${one.text}`, one);
    }
    return [...found.values()];
  }

  async #files(folder: string, signal: AbortSignal): Promise<readonly string[] | null> {
    try {
      return (await walkFolder(folder, this.limits, signal)).files;
    } catch (thrown) {
      if (thrown instanceof CaseError) return null; // gone, or not for us: there is nothing of it to read
      throw thrown;
    }
  }
}

/** An element that is cut off by the end of the beginning is left out. */
function textsOf(dataSet: DicomDataSet, tag: string): readonly string[] {
  if (!dataSet.has(tag)) return [];
  const text = dataSet.text(tag);
  return text === null
    ? []
    : text
        .split('\\')
        .map((one) => one.trim())
        .filter((one) => one !== '');
}

/** Null for what is no DICOM, or cannot be opened: it is not in the case as far as anybody can see. */
async function dataSetOf(path: string, maxBytes: number): Promise<DicomDataSet | null> {
  const bytes = await beginning(path, maxBytes);
  const start = bytes === null ? 'empty' : locateDataSet(bytes);
  if (bytes === null || typeof start === 'string') return null;
  const rest = bytes.subarray(start.at);
  if (start.encoding !== 'deflated') return parseDataSet(rest, start.encoding, REVIEWER).dataSet;
  const inflated = await inflatePrefix(rest, maxBytes);
  return inflated === null ? null : parseDataSet(inflated.bytes, 'explicit-little', REVIEWER).dataSet;
}

async function beginning(path: string, maxBytes: number): Promise<Buffer | null> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => null);
  if (file === null) return null;
  try {
    const bytes = Buffer.alloc(Math.min(maxBytes, (await file.stat()).size));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return bytes.subarray(0, bytesRead);
  } catch {
    return null; // a folder, or a disk that fails: nothing of it can be read
  } finally {
    await file.close();
  }
}
