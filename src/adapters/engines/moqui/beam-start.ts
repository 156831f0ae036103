import type { BeamInput } from '../../../domain/beam-input.js';
import type { Geometry } from '../../../domain/geometry.js';
import { beamAxes } from '../../../dose/coordinates.js';
import type { EngineCt } from './engine-ct.js';
import { unsupported } from './refuse-beam.js';

/** Lung is above it, air, clothes and foam are below. */
const TISSUE_ABOVE_HU = -800;

/**
 * The beam with a snout position, which both dialects read for every beam (where there is none, from memory that is not
 * theirs) and let the protons begin by.
 * @throws input `engine.unsupported`
 */
export function withSnout(
  beam: BeamInput,
  byDefaultMm: number | null,
): BeamInput & { readonly snoutPositionMm: number } {
  const snoutPositionMm = beam.snoutPositionMm ?? byDefaultMm;
  if (snoutPositionMm !== null) return { ...beam, snoutPositionMm };
  throw unsupported(
    beam,
    'it has no Snout Position (300A,030D), by which moqui places where protons begin',
    'set engine.moqui.snoutPositionMm for plans that state none, then: mqi retry ID',
  );
}

/**
 * Refuses a beam that would begin within what it is shot at: the program would leave out all that lies before that place and
 * give dose without a word. Looked at is the beam's axis.
 * @param beam as the program is told of it
 * @param beginsMm what of the beam comes nearest to the isocentre, towards the source: its first protons, or its range shifter
 * @throws input `engine.unsupported`
 */
export async function refuseStartWithin(
  beam: BeamInput,
  geometry: Geometry,
  ct: EngineCt,
  beginsMm: number,
): Promise<void> {
  const { phantom } = geometry;
  const within =
    phantom === null
      ? (await huOnAxis(beam, ct, beginsMm)) > TISSUE_ABOVE_HU
      : beginsMm <= beam.isocentreMm[1] - phantom.minMm[1]; // set to the beam, which comes along +y
  if (!within) return;
  const where = `${String(Math.round(beginsMm * 10) / 10)} mm from the isocentre`;
  throw unsupported(
    beam,
    `by its Snout Position, or the distance of its range shifter, it begins within what it is shot at, ${where}`,
    'correct Snout Position (300A,030D), with a range shifter Isocenter to Range Shifter Distance (300A,0364), in the plan',
  );
}

/** The CT number of the voxel there; of air outside the CT. */
async function huOnAxis(beam: BeamInput, ct: EngineCt, mm: number): Promise<number> {
  const towards = beamAxes(beam.gantryAngleDeg, beam.couchAngleDeg, beam.patientPosition).z;
  const { originMm, spacingMm, size } = ct.grid;
  const index = (axis: 0 | 1 | 2): number =>
    Math.round((beam.isocentreMm[axis] + mm * towards[axis] - originMm[axis]) / spacingMm[axis]);
  const [i, j, k] = [index(0), index(1), index(2)];
  const inside = [i, j, k].every((at, axis) => at >= 0 && at < (size[axis] ?? 0));
  return inside ? ((await ct.slice(k))[j * size[0] + i] ?? -Infinity) : -Infinity;
}
