import { Token } from 'typedi';
import type { Case } from '../domain/case.js';
import type { Grid } from '../domain/grid.js';
import type { Vec3 } from '../domain/vector.js';

/** Where the planes of a dose picture lie: through the isocentre, or through the voxel with the largest dose. */
export const PLANES_THROUGH = ['isocentre', 'maximum'] as const;
export type PlanesThrough = (typeof PLANES_THROUGH)[number];

export interface DoseWanted {
  readonly kase: Pick<Case, 'id' | 'run'>;
  /** Along its axis, and through its isocentre. */
  readonly beamNumber: number;
  /** The dose of this beam, or that of the whole plan. */
  readonly of: 'beam' | 'plan';
  readonly through: PlanesThrough;
}

/** Values of a plane, row by row from the upper left corner as it is drawn. */
export interface Raster {
  readonly columns: number;
  readonly rows: number;
  /** Centre of the first value along the plane's two axes, mm; further ones follow by the spacing, negative where they fall. */
  readonly originMm: readonly [column: number, row: number];
  readonly spacingMm: readonly [column: number, row: number];
  /** 16-bit little-endian, base64: counts of dose without sign, HU of a CT with sign. */
  readonly values: string;
}

/** One of three planes along the patient axes. The head is up in two of them; in the third one looks from the feet. */
export interface DosePlane {
  readonly name: 'axial' | 'sagittal' | 'coronal';
  readonly columnAxis: 'x' | 'y';
  readonly rowAxis: 'y' | 'z';
  /** Where it lies on the third axis, mm: the centre of a voxel, nothing is interpolated. */
  readonly positionMm: number;
  readonly dose: Raster;
  readonly ct: Raster | null;
}

/** Dose along the beam's axis: places behind the isocentre by startMm + i stepMm, seen from the source. */
export interface DepthCurves {
  readonly startMm: number;
  readonly stepMm: number;
  readonly axisGy: readonly number[];
  /** Integrated across the beam. */
  readonly integralGyCm2: readonly number[];
  /** Water-equivalent depth in the patient or phantom; null where what the beam passed is no longer on the disk. */
  readonly waterMm: readonly number[] | null;
  /** Where the beam enters the patient or phantom; null where it is not known. */
  readonly surfaceMm: number | null;
  /** Where the curves fall to 80 % behind their largest value, mm behind the isocentre; null where they do not. */
  readonly axisR80Mm: number | null;
  readonly integralR80Mm: number | null;
  /** Water-equivalent depth of axisR80Mm. */
  readonly axisR80WaterMm: number | null;
}

/** `GET /api/cases/:id/beams/:n/dose`: everything in DICOM patient coordinates, Gy per fraction. */
export interface DosePicture {
  readonly beamNumber: number;
  readonly of: 'beam' | 'plan';
  readonly through: PlanesThrough;
  readonly sopInstanceUid: string;
  readonly grid: Grid;
  readonly isocentreMm: Vec3;
  readonly maximumGy: number;
  readonly maximumAtMm: Vec3;
  /** Null where the isocentre is outside the grid. */
  readonly isocentreGy: number | null;
  /** Dose of one count in the planes. */
  readonly gyPerCount: number;
  readonly depth: DepthCurves;
  readonly planes: readonly DosePlane[];
}

export interface LayerSpots {
  /** Counts from 1, in the plan's order. */
  readonly layerNumber: number;
  readonly energyMeV: number;
  readonly paintings: number;
  readonly meterset: number;
  /** Spots with weight. */
  readonly spots: number;
  /** At the isocentre, IEC gantry coordinates, mm; per spot, meterset in the beam's unit. */
  readonly xMm: readonly number[];
  readonly yMm: readonly number[];
  readonly spotMeterset: readonly number[];
}

/** `GET /api/cases/:id/beams/:n/layers`: what the engine was given to calculate. */
export interface BeamLayers {
  readonly beamNumber: number;
  readonly metersetUnit: 'MU' | 'NP';
  readonly meterset: number;
  readonly layers: readonly LayerSpots[];
  /** True where the beam has more spots than one answer holds: the layers are there, their spots left out. */
  readonly spotsLeftOut: boolean;
}

/** An answer made in a thread of its own: sent as it is, so that the service never stops to write it. */
export interface Picture {
  /** JSON of what is named above. */
  readonly json: Uint8Array;
  /** Changes when what it was made of does. */
  readonly tag: string;
}

/**
 * What is drawn of a case, read from its work folder and bounded in size whatever the size of the dose. Never blocks the service.
 * Throws operator `picture.not-there` where there is nothing (yet, or no longer) to draw, permanent `dose.damaged` and
 * `work.damaged` for files that are not what they should be, transient `picture.busy` when too many are asked for at once.
 */
export interface CasePictures {
  dose(wanted: DoseWanted): Promise<Picture>;
  layers(kase: Pick<Case, 'id' | 'run'>, beamNumber: number): Promise<Picture>;
}
export const CasePictures = new Token<CasePictures>('CasePictures');
