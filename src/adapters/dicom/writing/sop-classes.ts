/** SOP classes that we write (DICOM PS3.4 B.5). */
export const CT_IMAGE = '1.2.840.10008.5.1.4.1.1.2';
export const RT_DOSE = '1.2.840.10008.5.1.4.1.1.481.2';
export const RT_STRUCTURE_SET = '1.2.840.10008.5.1.4.1.1.481.3';
export const RT_ION_PLAN = '1.2.840.10008.5.1.4.1.1.481.8';
