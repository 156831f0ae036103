/** What may tell who a patient, or one of the people at work, is. */
export const IDENTITY_KINDS = [
  'patient name',
  'patient ID',
  'birth date',
  'operator',
  'folder name',
  'label',
  'user name',
] as const;
export type IdentityKind = (typeof IDENTITY_KINDS)[number];

/** One such text, as it stands where it was found. Never logged. */
export interface Identity {
  readonly kind: IdentityKind;
  /** Names as DICOM writes them (`FAMILY^GIVEN`, groups parted by `=`); birth dates as YYYYMMDD. */
  readonly text: string;
  /** The case it was found with; null where it is of none. */
  readonly caseId: string | null;
}
