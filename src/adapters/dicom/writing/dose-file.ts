import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { permanent } from '../../../domain/errors.js';
import type { Grid } from '../../../domain/grid.js';
import type { EpochMs } from '../../../domain/time.js';
import { type DicomDataSet, parseDataSet } from '../reading/data-set.js';
import { locateDataSet } from '../reading/data-set-start.js';
import { TAG } from '../reading/tags.js';
import { parseRemarkText } from './dose-remarks.js';
import { RT_DOSE } from './sop-classes.js';
import { momentOf } from './wall-clock.js';

/** An RT Dose file of ours, its pixels still on the disk. */
export interface DoseFile {
  readonly path: string;
  readonly bytes: number;
  readonly sopInstanceUid: string;
  readonly frameOfReferenceUid: string;
  readonly studyInstanceUid: string;
  readonly planSopInstanceUid: string;
  readonly summation: string;
  /** ReferencedBeamNumber; null for the dose of a plan. */
  readonly beamNumber: number | null;
  readonly scaling: number;
  readonly grid: Grid;
  readonly throughWater: boolean;
  readonly remarks: readonly string[];
  /** When it was calculated, of InstanceCreationDate, -Time and TimezoneOffsetFromUTC. */
  readonly madeAt: EpochMs;
  /** Offset of the first pixel. */
  readonly pixelsAt: number;
}

/** Our headers are some kilobytes; the longest part is 16 characters for each frame. */
const HEADER_BYTES = 1024 * 1024;

const DOSE_TAG = {
  creationDate: 'x00080012',
  creationTime: 'x00080013',
  timezone: 'x00080201',
  frames: 'x00280008',
  imageComments: 'x00204000',
  units: 'x30040002',
  summation: 'x3004000a',
  scaling: 'x3004000e',
  sliceThickness: 'x00180050',
  heterogeneity: 'x30040014',
  planSequence: 'x300c0002',
  fractionGroupSequence: 'x300c0020',
} as const;

/** Reads the header of an RT Dose that we wrote. Throws permanent `dose.damaged`, saying which part. */
export function readDoseFile(path: string): DoseFile {
  const { start, size } = beginning(path);
  const located = locateDataSet(start);
  if (typeof located === 'string' || located.encoding !== 'explicit-little') throw damaged('is no DICOM file of ours');
  const { dataSet } = parseDataSet(start.subarray(located.at), located.encoding, TAG.pixels);
  if (dataSet.string(TAG.sopClassUid) !== RT_DOSE) throw damaged('is no RT Dose');
  const pixels = dataSet.extent(TAG.pixels);
  const grid = gridOf(dataSet);
  const pixelBytes = grid.size[0] * grid.size[1] * grid.size[2] * 4;
  if (pixels?.length !== pixelBytes || located.at + pixels.at + pixelBytes !== size) {
    throw damaged('is not as long as its grid says');
  }
  return {
    path,
    bytes: size,
    ...identity(dataSet),
    grid,
    scaling: positive(dataSet.number(DOSE_TAG.scaling, 'DS'), 'DoseGridScaling'),
    throughWater: dataSet.string(DOSE_TAG.heterogeneity) === 'WATER',
    remarks: parseRemarkText(rawText(dataSet, DOSE_TAG.imageComments, start.subarray(located.at))),
    madeAt: madeAt(dataSet),
    pixelsAt: located.at + pixels.at,
  };
}

/** Doses of one frame, Gy. */
export function readFrame(file: number, dose: DoseFile, frame: number): Float64Array {
  const count = dose.grid.size[0] * dose.grid.size[1];
  const bytes = Buffer.allocUnsafe(count * 4);
  if (readSync(file, bytes, 0, bytes.length, dose.pixelsAt + frame * bytes.length) !== bytes.length) {
    throw damaged('ends in the middle of its pixels');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const doses = new Float64Array(count);
  for (let i = 0; i < count; i++) doses[i] = view.getUint32(i * 4, true) * dose.scaling;
  return doses;
}

function beginning(path: string): { readonly start: Buffer; readonly size: number } {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw damaged('is missing', cause);
    throw cause;
  }
  try {
    const { size } = fstatSync(file);
    const start = Buffer.alloc(Math.min(size, HEADER_BYTES));
    return { start: start.subarray(0, readSync(file, start, 0, start.length, 0)), size };
  } finally {
    closeSync(file);
  }
}

function identity(
  dataSet: DicomDataSet,
): Pick<
  DoseFile,
  'sopInstanceUid' | 'frameOfReferenceUid' | 'studyInstanceUid' | 'planSopInstanceUid' | 'summation' | 'beamNumber'
> {
  const plan = dataSet.items(DOSE_TAG.planSequence)[0];
  const beam = plan?.items(DOSE_TAG.fractionGroupSequence)[0]?.items(TAG.referencedBeamSequence)[0];
  if (dataSet.string(DOSE_TAG.units) !== 'GY') throw damaged('is not in Gy');
  return {
    sopInstanceUid: present(dataSet.string(TAG.sopInstanceUid), 'SOPInstanceUID'),
    frameOfReferenceUid: present(dataSet.string(TAG.frameOfReferenceUid), 'FrameOfReferenceUID'),
    studyInstanceUid: present(dataSet.string(TAG.studyInstanceUid), 'StudyInstanceUID'),
    planSopInstanceUid: present(plan?.string(TAG.referencedSopInstanceUid) ?? null, 'the reference to its plan'),
    summation: present(dataSet.string(DOSE_TAG.summation), 'DoseSummationType'),
    beamNumber: beam?.number(TAG.referencedBeamNumber, 'DS') ?? null,
  };
}

function gridOf(dataSet: DicomDataSet): Grid {
  const [x, y, z] = dataSet.numbers(TAG.imagePosition, 'DS');
  const [rowSpacing, columnSpacing] = dataSet.numbers(TAG.pixelSpacing, 'DS');
  const count = (tag: string, vr: 'DS' | 'US'): number => positive(dataSet.number(tag, vr), 'the size of its grid');
  return {
    originMm: [finite(x), finite(y), finite(z)],
    spacingMm: [
      positive(columnSpacing, 'PixelSpacing'),
      positive(rowSpacing, 'PixelSpacing'),
      positive(dataSet.number(DOSE_TAG.sliceThickness, 'DS'), 'SliceThickness'),
    ],
    size: [count(TAG.columns, 'US'), count(TAG.rows, 'US'), count(DOSE_TAG.frames, 'DS')],
  };
}

function madeAt(dataSet: DicomDataSet): EpochMs {
  const moment = momentOf({
    date: dataSet.string(DOSE_TAG.creationDate) ?? '',
    time: dataSet.string(DOSE_TAG.creationTime) ?? '',
    offsetFromUtc: dataSet.string(DOSE_TAG.timezone) ?? '',
  });
  if (moment === null) throw damaged('lacks the time of its making');
  return moment;
}

/** The whole text: our own, ASCII and longer than what is shown to people. */
function rawText(dataSet: DicomDataSet, tag: string, bytes: Buffer): string {
  const place = dataSet.extent(tag);
  return place === null ? '' : bytes.toString('latin1', place.at, place.at + place.length).trimEnd();
}

function present(value: string | null, what: string): string {
  if (value === null) throw damaged(`lacks ${what}`);
  return value;
}

function positive(value: number | null | undefined, what: string): number {
  if (value === null || value === undefined || !(value > 0) || !Number.isFinite(value)) throw damaged(`lacks ${what}`);
  return value;
}

function finite(value: number | undefined): number {
  if (value === undefined || !Number.isFinite(value)) throw damaged('lacks ImagePositionPatient');
  return value;
}

export const damaged = (what: string, cause?: unknown): Error =>
  permanent('dose.damaged', `an RT Dose made before ${what}`, {
    cause,
    remedy: 'have the beam calculated again: mqi retry ID --from simulate',
  });
