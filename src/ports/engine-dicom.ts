import type { BeamInput } from '../domain/beam-input.js';
import type { Grid } from '../domain/grid.js';

/** CT numbers along the patient axes, slice by slice. */
export interface CtVolume {
  readonly frameOfReferenceUid: string;
  readonly grid: Grid;
  /** HU of the slice with this index from the lowest z, x fastest; called in ascending order, once each. */
  slice(index: number): Promise<Int16Array>;
}

/**
 * Writes DICOM for engines that read nothing else. It holds what the beam's input says and no patient: names and numbers
 * are ours, UIDs are derived from case and content, and the same input gives the same bytes.
 */
export interface EngineDicom {
  /**
   * An RT Ion Plan that holds this beam alone, for one fraction: as number 1, named BEAM, layers as pairs of control points
   * (with weights, then without), weights in MU. Spots of weight 0 are left out.
   */
  writePlan(path: string, beam: BeamInput, frameOfReferenceUid: string): Promise<void>;
  /** A CT series, int16, slope 1 and intercept 0, one file a slice, into a folder that is made; the file names. */
  writeCt(folder: string, ct: CtVolume): Promise<readonly string[]>;
}
