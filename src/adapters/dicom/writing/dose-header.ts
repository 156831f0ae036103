import type { Grid } from '../../../domain/grid.js';
import type { EpochMs } from '../../../domain/time.js';
import type { DataSet } from './data-set.js';
import { derivedUid } from './derived-uid.js';
import { doseComment, remarkText } from './dose-remarks.js';
import type { PlanHeader } from './plan-header.js';
import { RT_DOSE } from './sop-classes.js';
import { wallClock } from './wall-clock.js';

export interface DoseFacts {
  readonly caseId: string;
  readonly run: number;
  /** Null for the dose of the plan. */
  readonly beamNumber: number | null;
  readonly plan: PlanHeader;
  readonly grid: Grid;
  /** DoseGridScaling, Gy, as it is to be written. */
  readonly scaling: string;
  readonly frameOfReferenceUid: string;
  readonly throughWater: boolean;
  readonly remarks: readonly string[];
  /** When the dose was calculated: never the time of writing, so that a repeat gives the same bytes. */
  readonly madeAt: EpochMs;
  readonly softwareVersion: string;
}

/** SOP instance UID of a dose: the same for every repeat of the same case, run and beam. */
export const doseUid = (caseId: string, run: number, beamNumber: number | null): string =>
  derivedUid('rt dose', caseId, run, beamNumber ?? 'plan');

/** Frame of reference of a phantom whose plan names none: one per case and run. */
export const ownFrameOfReference = (caseId: string, run: number): string =>
  derivedUid('frame of reference', caseId, run);

/** The data set of an RT Dose but for its pixels (DICOM PS3.3 A.18.3; domain: RT Dose). */
export function doseHeader(facts: DoseFacts): DataSet {
  const { plan, caseId, run, beamNumber } = facts;
  const made = wallClock(facts.madeAt);
  return {
    ...plan.carriedOver,
    InstanceCreationDate: made.date,
    InstanceCreationTime: made.time,
    SOPClassUID: RT_DOSE,
    SOPInstanceUID: doseUid(caseId, run, beamNumber),
    SeriesDate: made.date,
    ContentDate: made.date,
    SeriesTime: made.time,
    ContentTime: made.time,
    TimezoneOffsetFromUTC: made.offsetFromUtc,
    Modality: 'RTDOSE',
    Manufacturer: 'MQI Communicator',
    SeriesDescription: `MQI dose of run ${String(run)}`,
    OperatorsName: null,
    ManufacturerModelName: 'MQI Communicator',
    SoftwareVersions: facts.softwareVersion,
    StudyInstanceUID: plan.studyInstanceUid ?? derivedUid('study', caseId),
    SeriesInstanceUID: derivedUid('rt dose series', caseId, run),
    SeriesNumber: run,
    InstanceNumber: beamNumber,
    FrameOfReferenceUID: facts.frameOfReferenceUid,
    PositionReferenceIndicator: null,
    ImageComments: remarkText(facts.remarks),
    ...gridElements(facts.grid),
    DoseUnits: 'GY',
    DoseType: 'PHYSICAL',
    DoseComment: doseComment(facts.remarks),
    DoseSummationType: beamNumber === null ? 'PLAN' : 'BEAM',
    DoseGridScaling: facts.scaling,
    TissueHeterogeneityCorrection: facts.throughWater ? 'WATER' : 'IMAGE',
    ReferencedRTPlanSequence: [planReference(plan, beamNumber)],
  };
}

function gridElements({ originMm, spacingMm, size }: Grid): DataSet {
  const [columns, rows, frames] = size;
  return {
    SliceThickness: spacingMm[2],
    ImagePositionPatient: originMm,
    ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    NumberOfFrames: frames,
    // The tag of GridFrameOffsetVector.
    FrameIncrementPointer: 0x3004000c,
    Rows: rows,
    Columns: columns,
    PixelSpacing: [spacingMm[1], spacingMm[0]],
    BitsAllocated: 32,
    BitsStored: 32,
    HighBit: 31,
    PixelRepresentation: 0,
    GridFrameOffsetVector: Array.from({ length: frames }, (_, frame) => frame * spacingMm[2]),
  };
}

/** Fraction group and beam are named for a beam's dose only: for a PLAN dose the standard does not allow them. */
function planReference(plan: PlanHeader, beamNumber: number | null): DataSet {
  const reference = { ReferencedSOPClassUID: plan.sopClassUid, ReferencedSOPInstanceUID: plan.sopInstanceUid };
  if (beamNumber === null) return reference;
  return {
    ...reference,
    ReferencedFractionGroupSequence: [
      {
        ReferencedBeamSequence: [{ ReferencedBeamNumber: beamNumber }],
        ReferencedFractionGroupNumber: plan.fractionGroupOf(beamNumber) ?? 1,
      },
    ],
  };
}
