import type { DosePlane } from '../../../../ports/case-pictures.js';
import type { Extent, RasterValues } from './raster-values.js';

/** A plane, its values ready to be drawn. */
export interface ReadyPlane {
  readonly plane: DosePlane;
  readonly dose: RasterValues;
  readonly ct: RasterValues | null;
  readonly whole: Extent;
  /** The part with dose; the whole where there is none. */
  readonly part: Extent;
}
