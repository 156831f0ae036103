import type { DataSet } from '../data-set.js';
import type { Phantom } from './phantom.js';

/** The day every synthetic case was "made": part of the bytes, so it is fixed. */
export const SYNTHETIC_DATE = '20250424';
export const SYNTHETIC_TIME = '140000';

/** Patient, study, series and equipment elements that all files of a synthetic case share. */
export function commonElements(phantom: Phantom, modality: string, seriesUid: string, seriesNumber: number): DataSet {
  return {
    SpecificCharacterSet: 'ISO_IR 192',
    InstanceCreationDate: SYNTHETIC_DATE,
    InstanceCreationTime: SYNTHETIC_TIME,
    StudyDate: SYNTHETIC_DATE,
    StudyTime: SYNTHETIC_TIME,
    SeriesDate: SYNTHETIC_DATE,
    SeriesTime: SYNTHETIC_TIME,
    AccessionNumber: null,
    Modality: modality,
    Manufacturer: 'MQI Communicator',
    ReferringPhysicianName: null,
    StudyDescription: 'Synthetic phantom, no patient',
    OperatorsName: null,
    ManufacturerModelName: 'Synthetic case',
    PatientName: 'SYNTHETIC^PHANTOM',
    PatientID: phantom.patientId,
    PatientBirthDate: null,
    PatientSex: 'O',
    SoftwareVersions: '1',
    StudyInstanceUID: phantom.uids.study,
    SeriesInstanceUID: seriesUid,
    StudyID: '1',
    SeriesNumber: seriesNumber,
    FrameOfReferenceUID: phantom.uids.frameOfReference,
    PositionReferenceIndicator: null,
  };
}
