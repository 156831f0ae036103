/*
 * What becomes of each element of an RT Dose of ours when it is de-identified. A list of what may stay: whatever is not named
 * here, private elements included, is left out. By the Basic Application Confidentiality Profile of DICOM PS3.15 Annex E,
 * Table E.1-1 (X: removed, Z: empty or replaced, U: UID replaced consistently), and its options for dates and sex.
 */

/** `keep`: as it stands. `uid`: replaced. `day`, `time`: by the rule for dates; `empty` where they may not be left out. */
export type Action =
  'keep' | 'uid' | 'empty' | 'day' | 'day-or-empty' | 'time' | 'time-or-empty' | 'zone' | 'sex' | 'plan';

/** By tag, as dicom-parser names it; with the keyword that a new value is written under. */
export const RULES: Readonly<Record<string, readonly [Action, string]>> = {
  x00080012: ['day', 'InstanceCreationDate'],
  x00080013: ['time', 'InstanceCreationTime'],
  x00080016: ['keep', 'SOPClassUID'],
  x00080018: ['uid', 'SOPInstanceUID'],
  x00080020: ['day-or-empty', 'StudyDate'],
  x00080021: ['day', 'SeriesDate'],
  x00080023: ['day-or-empty', 'ContentDate'],
  x00080030: ['time-or-empty', 'StudyTime'],
  x00080031: ['time', 'SeriesTime'],
  x00080033: ['time-or-empty', 'ContentTime'],
  x00080050: ['empty', 'AccessionNumber'],
  x00080060: ['keep', 'Modality'],
  x00080070: ['keep', 'Manufacturer'],
  x00080090: ['empty', 'ReferringPhysicianName'],
  x00080201: ['zone', 'TimezoneOffsetFromUTC'],
  x00081070: ['empty', 'OperatorsName'],
  x00081090: ['keep', 'ManufacturerModelName'],
  x00100030: ['empty', 'PatientBirthDate'],
  x00100040: ['sex', 'PatientSex'],
  x00180050: ['keep', 'SliceThickness'],
  x00181020: ['keep', 'SoftwareVersions'],
  x0020000d: ['uid', 'StudyInstanceUID'],
  x0020000e: ['uid', 'SeriesInstanceUID'],
  x00200010: ['empty', 'StudyID'],
  x00200011: ['keep', 'SeriesNumber'],
  x00200013: ['keep', 'InstanceNumber'],
  x00200032: ['keep', 'ImagePositionPatient'],
  x00200037: ['keep', 'ImageOrientationPatient'],
  x00200052: ['uid', 'FrameOfReferenceUID'],
  x00201040: ['empty', 'PositionReferenceIndicator'],
  x00280002: ['keep', 'SamplesPerPixel'],
  x00280004: ['keep', 'PhotometricInterpretation'],
  x00280008: ['keep', 'NumberOfFrames'],
  x00280009: ['keep', 'FrameIncrementPointer'],
  x00280010: ['keep', 'Rows'],
  x00280011: ['keep', 'Columns'],
  x00280030: ['keep', 'PixelSpacing'],
  x00280100: ['keep', 'BitsAllocated'],
  x00280101: ['keep', 'BitsStored'],
  x00280102: ['keep', 'HighBit'],
  x00280103: ['keep', 'PixelRepresentation'],
  x30040002: ['keep', 'DoseUnits'],
  x30040004: ['keep', 'DoseType'],
  x3004000a: ['keep', 'DoseSummationType'],
  x3004000c: ['keep', 'GridFrameOffsetVector'],
  x3004000e: ['keep', 'DoseGridScaling'],
  x30040014: ['keep', 'TissueHeterogeneityCorrection'],
  x300c0002: ['plan', 'ReferencedRTPlanSequence'],
};

/** UIDs that name an object or a person's study; their replacement is the same wherever they stand. */
export const UID_TAGS = ['x00080018', 'x0020000d', 'x0020000e', 'x00200052'] as const;
