/** x, y, z; in DICOM patient coordinates (LPS) unless the name says otherwise. */
export type Vec3 = readonly [number, number, number];
