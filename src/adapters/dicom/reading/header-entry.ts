import type { CtSlice, PlanFile, StructureSetFile } from '../../../domain/inventory.js';
import { MAX_ELEMENTS } from './bounded-parsing.js';
import { EndOfBytes, parseDataSet, ValueTooLong } from './data-set.js';
import type { DicomDataSet } from './data-set.js';
import type { DataSetStart, Encoding } from './data-set-start.js';
import { SOP_CLASS, TAG } from './tags.js';

/** What one file is, as far as the inventory wants to know. */
export type HeaderEntry =
  | { readonly kind: 'ct'; readonly file: CtSlice }
  | { readonly kind: 'ion-plan'; readonly file: PlanFile }
  | { readonly kind: 'other-plan'; readonly file: PlanFile }
  | { readonly kind: 'structure-set'; readonly file: StructureSetFile }
  | { readonly kind: 'other'; readonly sopClassUid: string }
  | { readonly kind: 'directory' }
  | { readonly kind: 'not-dicom' }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** The first bytes of a file's data set (inflated where it was deflated). */
export interface Prefix {
  readonly bytes: Buffer;
  readonly encoding: Exclude<Encoding, 'deflated'>;
  /** True when these bytes are the whole data set. */
  readonly all: boolean;
  /** Length of the whole data set; null when it was deflated. */
  readonly totalBytes: number | null;
}

const LOCALIZER = 'LOCALIZER';
const MAX_UID_BYTES = 256;
const REFUSED = {
  'too-many-elements': `its header has more than ${String(MAX_ELEMENTS)} elements`,
  'too-deep': 'its sequences lie too deep within each other',
} as const;
const TOO_LONG = 'an element of its header is longer than any that could be meant';
const CUT_OFF = 'the file ends in the middle of its header';
/** Reading on to this tag, or behind it where it is absent, shows everything wanted of a class. */
const ENOUGH: Readonly<Record<string, string>> = {
  [SOP_CLASS.ct]: TAG.pixels,
  [SOP_CLASS.structureSet]: TAG.referencedFrameOfReferenceSequence,
  [SOP_CLASS.ionPlan]: TAG.frameOfReferenceUid,
  [SOP_CLASS.plan]: TAG.frameOfReferenceUid,
};

/** What the file is, or `more` when the bytes at hand do not show it yet. Dispatches on SOPClassUID and nothing else. */
export function headerEntry(path: string, prefix: Prefix, start: DataSetStart): HeaderEntry | 'more' {
  const { dataSet, whole, refused } = parseDataSet(prefix.bytes, prefix.encoding, TAG.pixels);
  const sopClassUid = sopClassOf(dataSet);
  if (sopClassUid === null)
    return withoutClass(prefix, start, whole || refused !== null || passed(dataSet, TAG.sopClassUid));
  if (whole || passed(dataSet, ENOUGH[sopClassUid] ?? TAG.sopClassUid)) {
    return describe(path, sopClassUid, dataSet, prefix);
  }
  if (refused !== null) return { kind: 'unreadable', reason: REFUSED[refused] };
  return prefix.all ? { kind: 'unreadable', reason: CUT_OFF } : 'more';
}

/** Longer than 64 characters it is no UID, and the file is of no class that we know. */
function sopClassOf(dataSet: DicomDataSet): string | null {
  const extent = dataSet.has(TAG.sopClassUid) ? dataSet.extent(TAG.sopClassUid) : null;
  return extent === null || extent.length > MAX_UID_BYTES ? null : dataSet.string(TAG.sopClassUid);
}

/** An element behind `tag` was begun, so `tag` itself, if it is there, was read to its end. Of pixels the length is enough. */
function passed(dataSet: DicomDataSet, tag: string): boolean {
  if (tag === TAG.pixels) return dataSet.extent(tag) !== null || dataSet.lastTag > tag;
  return dataSet.has(tag) || dataSet.lastTag > tag;
}

function withoutClass(prefix: Prefix, start: DataSetStart, passedIt: boolean): HeaderEntry | 'more' {
  if (start.mediaStorageSopClassUid === SOP_CLASS.directory) return { kind: 'directory' };
  if (!prefix.all && !passedIt) return 'more';
  const reason = passedIt ? 'the file has no SOP Class UID' : 'the file ends before its SOP Class UID';
  return { kind: 'unreadable', reason };
}

function describe(path: string, sopClassUid: string, dataSet: DicomDataSet, prefix: Prefix): HeaderEntry {
  try {
    switch (sopClassUid) {
      case SOP_CLASS.ct:
        return ctEntry(path, dataSet, prefix);
      case SOP_CLASS.ionPlan:
        return { kind: 'ion-plan', file: identity(path, dataSet) };
      case SOP_CLASS.plan:
        return { kind: 'other-plan', file: identity(path, dataSet) };
      case SOP_CLASS.structureSet:
        return { kind: 'structure-set', file: structureSet(path, dataSet) };
      default:
        return { kind: 'other', sopClassUid };
    }
  } catch (thrown) {
    if (thrown instanceof ValueTooLong) return { kind: 'unreadable', reason: TOO_LONG };
    if (thrown instanceof EndOfBytes) return { kind: 'unreadable', reason: CUT_OFF };
    throw thrown;
  }
}

function identity(path: string, dataSet: DicomDataSet): PlanFile {
  return {
    path,
    sopInstanceUid: dataSet.string(TAG.sopInstanceUid) ?? '',
    studyInstanceUid: dataSet.string(TAG.studyInstanceUid) ?? '',
    frameOfReferenceUid: dataSet.string(TAG.frameOfReferenceUid),
    patientId: dataSet.text(TAG.patientId) ?? '',
  };
}

function ctEntry(path: string, dataSet: DicomDataSet, prefix: Prefix): HeaderEntry {
  const imageType = dataSet.strings(TAG.imageType).map((value) => value.toUpperCase());
  // A scout view has the class of a CT slice but is none.
  if (imageType.includes(LOCALIZER)) return { kind: 'other', sopClassUid: SOP_CLASS.ct };
  const missingBytes = missingPixelBytes(dataSet, prefix);
  if (missingBytes !== null) {
    return { kind: 'unreadable', reason: `a CT slice of which ${missingBytes} bytes of pixels are missing` };
  }
  const image = imagePlane(dataSet);
  if (image === null) {
    const reason = 'a CT slice without a usable position, orientation, pixel spacing, rows or columns';
    return { kind: 'unreadable', reason };
  }
  const file: CtSlice = {
    ...identity(path, dataSet),
    ...image,
    seriesInstanceUid: dataSet.string(TAG.seriesInstanceUid) ?? '',
    patientPosition: dataSet.string(TAG.patientPosition),
    instanceNumber: dataSet.number(TAG.instanceNumber, 'DS'),
  };
  return { kind: 'ct', file };
}

type PixelGrid = Pick<CtSlice, 'rows' | 'columns' | 'pixelSpacingMm'>;
type ImagePlane = PixelGrid & Pick<CtSlice, 'positionMm' | 'orientation'>;

function imagePlane(dataSet: DicomDataSet): ImagePlane | null {
  const grid = pixelGrid(dataSet);
  const [x = NaN, y = NaN, z = NaN] = dataSet.numbers(TAG.imagePosition, 'DS');
  const orientation = dataSet.numbers(TAG.imageOrientation, 'DS');
  const finite = [x, y, z, ...orientation].every(Number.isFinite);
  return grid !== null && finite && orientation.length === 6 ? { ...grid, positionMm: [x, y, z], orientation } : null;
}

function pixelGrid(dataSet: DicomDataSet): PixelGrid | null {
  const rows = dataSet.number(TAG.rows, 'US') ?? 0;
  const columns = dataSet.number(TAG.columns, 'US') ?? 0;
  const [betweenRows = 0, betweenColumns = 0] = dataSet.numbers(TAG.pixelSpacing, 'DS');
  const usable = [rows, columns, betweenRows, betweenColumns].every((value) => value > 0 && Number.isFinite(value));
  return usable ? { rows, columns, pixelSpacingMm: [betweenRows, betweenColumns] } : null;
}

/** How many bytes the file lacks of the pixel data it announces, as text; null when it has them or cannot tell. */
function missingPixelBytes(dataSet: DicomDataSet, prefix: Prefix): string | null {
  const pixels = dataSet.extent(TAG.pixels);
  if (pixels === null) return 'all';
  if (pixels.undefinedLength || prefix.totalBytes === null) return null;
  const missing = pixels.at + pixels.length - prefix.totalBytes;
  return missing > 0 ? String(missing) : null;
}

function structureSet(path: string, dataSet: DicomDataSet): StructureSetFile {
  const frames = dataSet.items(TAG.referencedFrameOfReferenceSequence);
  const file = identity(path, dataSet);
  const series = frames.flatMap((frame) =>
    frame.items(TAG.referencedStudySequence).flatMap((study) => study.items(TAG.referencedSeriesSequence)),
  );
  const referencedSeries = series.map((one) => ({
    seriesInstanceUid: one.string(TAG.seriesInstanceUid) ?? '',
    planes: one
      .items(TAG.contourImageSequence)
      .map((plane) => plane.string(TAG.referencedSopInstanceUid))
      .filter((uid) => uid !== null),
  }));
  const frameOfReferenceUid = frames[0]?.string(TAG.frameOfReferenceUid) ?? file.frameOfReferenceUid;
  return { ...file, frameOfReferenceUid, referencedSeries };
}
