import type { DataSet } from '../data-set.js';

/** Part of the bytes, so it is fixed: the same input is to give the same file. */
export const ENGINE_DATE = '20000101';
export const ENGINE_TIME = '000000';

export interface EngineUids {
  readonly study: string;
  readonly series: string;
  readonly frameOfReference: string;
}

/** Patient, study, series and equipment elements of files for an engine. No patient is named. */
export const engineElements = (uids: EngineUids, modality: string, seriesNumber: number): DataSet => ({
  SpecificCharacterSet: 'ISO_IR 192',
  InstanceCreationDate: ENGINE_DATE,
  InstanceCreationTime: ENGINE_TIME,
  StudyDate: ENGINE_DATE,
  StudyTime: ENGINE_TIME,
  SeriesDate: ENGINE_DATE,
  SeriesTime: ENGINE_TIME,
  AccessionNumber: null,
  Modality: modality,
  Manufacturer: 'MQI Communicator',
  ReferringPhysicianName: null,
  StudyDescription: 'Input of a dose engine',
  OperatorsName: null,
  ManufacturerModelName: 'Engine input',
  PatientName: 'ENGINE^INPUT',
  PatientID: 'ENGINE-INPUT',
  PatientBirthDate: null,
  PatientSex: 'O',
  SoftwareVersions: '1',
  StudyInstanceUID: uids.study,
  SeriesInstanceUID: uids.series,
  StudyID: '1',
  SeriesNumber: seriesNumber,
  FrameOfReferenceUID: uids.frameOfReference,
  PositionReferenceIndicator: null,
});
