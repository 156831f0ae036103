import type { BeamInput } from '../domain/beam-input.js';
import type { Geometry } from '../domain/geometry.js';
import { voxelCount } from '../domain/grid.js';
import { beamAxes, type BeamAxes } from '../dose/coordinates.js';
import type { Medium } from '../dose/ray-trace.js';
import { fanDose } from './fan-dose.js';
import { traceFan } from './fan.js';
import { planFan } from './plan-fan.js';
import { prepareLayers } from './prepared-layer.js';
import type { EngineJob } from './read-input.js';
import { resample } from './resample.js';

/**
 * Gy per fraction on the dose grid, x fastest: dose to water.
 * @throws input `engine.unsupported` for an energy outside the beam model's table or a range shifter at an unknown place
 */
export async function beamDose(
  { beam, geometry, beamModel }: EngineJob,
  medium: Medium,
  threads: number,
  progress: (percent: number) => void,
): Promise<Float32Array> {
  const { doseGrid } = geometry;
  const layers = prepareLayers(beam, beamModel);
  progress(PHASE_ENDS.read);
  const { isocentreMm } = beam;
  const sadMm = beam.virtualSadMm ?? beamModel.virtualSadMm;
  const plan = planFan(layers, { isocentreMm, axes: axesOf(beam, geometry), sadMm }, medium.grid, doseGrid);
  if (!plan) return new Float32Array(voxelCount(doseGrid));
  const depthMm = traceFan(plan.fan, medium);
  progress(PHASE_ENDS.traced);
  const onFan = await fanDose(plan, doseGrid, depthMm, layers, threads, between('traced', 'calculated', progress));
  return resample(plan, onFan, medium, doseGrid, between('calculated', 'resampled', progress));
}

/** Percent done when a part of the work is: about as the time goes. */
const PHASE_ENDS = { read: 2, traced: 10, calculated: 85, resampled: 98 } as const;
type Phase = keyof typeof PHASE_ENDS;

const between =
  (from: Phase, to: Phase, progress: (percent: number) => void) =>
  (part: number): void => {
    progress(PHASE_ENDS[from] + part * (PHASE_ENDS[to] - PHASE_ENDS[from]));
  };

/** A phantom is set to the beam, as in machine QA: it is always hit from above. */
const axesOf = ({ gantryAngleDeg, couchAngleDeg, patientPosition }: BeamInput, { setToBeam }: Geometry): BeamAxes =>
  setToBeam ? beamAxes(0, 0, 'HFS') : beamAxes(gantryAngleDeg, couchAngleDeg, patientPosition);
