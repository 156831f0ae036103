import type { DoseObject } from '../dimse/dose-object.js';

/** Of one instance, below the address of the DICOMweb services. */
export const instancePath = ({ studyInstanceUid, seriesInstanceUid, sopInstanceUid }: DoseObject): string =>
  `/studies/${studyInstanceUid}/series/${seriesInstanceUid}/instances/${sopInstanceUid}`;
