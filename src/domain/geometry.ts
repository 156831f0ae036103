import type { Grid } from './grid.js';
import type { Vec3 } from './vector.js';

/** What the beam is shot at and where dose is wanted: `geometry.json`, one per beam. */
export interface Geometry {
  readonly format: 'mqi-geometry/1';
  readonly kind: 'ct' | 'water-phantom';
  readonly frameOfReferenceUid: string;
  /** The engine's result must lie on exactly this grid. */
  readonly doseGrid: Grid;
  /** CT in HU as MetaImage (int16, patient axes), absolute path; null for a phantom. */
  readonly ctPath: string | null;
  /** Relative stopping power by HU, piecewise linear; null for a phantom. */
  readonly huToRsp: readonly (readonly [number, number])[] | null;
  /** Outer faces of the water box, mm, patient coordinates; null for CT. Outside is vacuum. */
  readonly phantom: { readonly minMm: Vec3; readonly maxMm: Vec3 } | null;
  /** True for a phantom: it is set to the beam, so gantry and couch are taken as 0 and the position as HFS. */
  readonly setToBeam: boolean;
}
