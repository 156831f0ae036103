import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { DataSet } from 'dicom-parser';
import { permanent } from '../../../domain/errors.js';
import { systemCode } from '../../../files/system-code.js';
import type { DoseIdentity } from '../../../ports/deidentifier.js';
import { parseBounded } from '../reading/bounded-parsing.js';
import { DicomDataSet } from '../reading/data-set.js';
import { locateDataSet } from '../reading/data-set-start.js';
import { TAG } from '../reading/tags.js';
import { RT_DOSE } from '../writing/sop-classes.js';
import { UID_TAGS } from './rules.js';

/** An RT Dose of ours that is to be de-identified, its pixels still on the disk. */
export interface SourceDose {
  readonly path: string;
  readonly size: number;
  readonly dataSet: DicomDataSet;
  readonly elements: DataSet['elements'];
  /** What the elements' places count in. */
  readonly bytes: Buffer;
  /** Offset of the pixel data element in the file: from here on everything is copied. */
  readonly pixelElementAt: number;
}

const HEADER_BYTES = 1024 * 1024;
/** Tag, VR, two reserved bytes and length of an element of VR OW. */
const LONG_ELEMENT_HEADER = 12;
const PLAN_SEQUENCE = 'x300c0002';

/** @throws permanent `dose.damaged` */
export function readSourceDose(path: string): SourceDose {
  const { start, size } = beginning(path);
  const located = locateDataSet(start);
  if (typeof located === 'string' || located.encoding !== 'explicit-little') throw damaged();
  const bytes = start.subarray(located.at);
  const { elements, outcome } = parseBounded(bytes, 'explicit-little', TAG.pixels);
  const dataSet = DicomDataSet.root(elements, bytes, false);
  const pixels = dataSet.extent(TAG.pixels);
  const isWhole = outcome === 'read' && pixels !== null && located.at + pixels.at + pixels.length === size;
  if (!isWhole || dataSet.string(TAG.sopClassUid) !== RT_DOSE) throw damaged();
  const pixelElementAt = located.at + pixels.at - LONG_ELEMENT_HEADER;
  return { path, size, dataSet, elements, bytes, pixelElementAt };
}

/** Whom and what it names. */
export function identityIn({ dataSet }: SourceDose): DoseIdentity {
  const known = [dataSet.text(TAG.patientId), dataSet.text('x00100010'), dataSet.string(TAG.studyInstanceUid)];
  const [id, name, study] = known.map((text) => text ?? '');
  const patient = id !== '' ? (id ?? '') : name !== '' ? `name ${name ?? ''}` : `study ${study ?? ''}`;
  const uids = [
    ...UID_TAGS.map((tag) => dataSet.string(tag)),
    ...dataSet.items(PLAN_SEQUENCE).map((plan) => plan.string(TAG.referencedSopInstanceUid)),
  ];
  return { patient, uids: [...new Set(uids.filter((uid) => uid !== null))] };
}

function beginning(path: string): { readonly start: Buffer; readonly size: number } {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') throw damaged(thrown);
    throw thrown;
  }
  try {
    const { size } = fstatSync(file);
    const start = Buffer.alloc(Math.min(size, HEADER_BYTES));
    return { start: start.subarray(0, readSync(file, start, 0, start.length, 0)), size };
  } finally {
    closeSync(file);
  }
}

const damaged = (cause?: unknown): Error =>
  permanent(
    'dose.damaged',
    'an RT Dose in the work folder is missing, or is no object of ours: it cannot be de-identified',
    {
      cause,
      remedy: 'have it made again: mqi retry ID --from simulate',
    },
  );
