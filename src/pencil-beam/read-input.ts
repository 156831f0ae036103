import { readFile } from 'node:fs/promises';
import { PATIENT_POSITIONS, type BeamInput } from '../domain/beam-input.js';
import type { BeamModel } from '../domain/beam-model.js';
import { input, permanent } from '../domain/errors.js';
import type { Geometry } from '../domain/geometry.js';
import type { PencilBeamInput } from '../domain/pencil-beam-input.js';
import { RANGE_TABLE_MEV } from '../dose/proton-range.js';

/** What the engine works from. */
export interface EngineJob {
  readonly beam: BeamInput;
  readonly geometry: Geometry;
  readonly beamModel: BeamModel;
}

/**
 * Reads engine-input.json and the two files it names. They are written by the service from checked input, so what is
 * looked at here is what this engine in particular cannot do, and what would give a wrong dose without anybody noticing.
 * @throws permanent `engine.bad-input` for files that are not there or not what they should be
 * @throws input `engine.unsupported` for a beam this engine does not model
 */
export async function readInput(path: string): Promise<EngineJob> {
  const { beamInputPath, geometryPath, beamModel } = await readJson<PencilBeamInput>(path, 'the engine input');
  const beam = await readJson<BeamInput>(beamInputPath, 'the beam');
  const geometry = await readJson<Geometry>(geometryPath, 'the geometry');
  checkFormat(beam, geometry, beamModel);
  checkBeam(beam);
  checkNumbers(beam);
  return { beam, geometry, beamModel };
}

async function readJson<T>(path: string, what: string): Promise<T> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch (cause) {
    throw permanent('engine.bad-input', `${what} cannot be read`, { cause });
  }
}

function checkFormat(beam: Partial<BeamInput>, geometry: Partial<Geometry>, model: Partial<BeamModel> = {}): void {
  const must = (holds: boolean, otherwise: string): void => {
    if (!holds) throw permanent('engine.bad-input', otherwise);
  };
  must(beam.format === 'mqi-beam/1', 'the beam is not mqi-beam/1');
  must(geometry.format === 'mqi-geometry/1', 'the geometry is not mqi-geometry/1');
  must((model.table?.length ?? 0) > 0, 'there is no beam model with a table');
  const hasCt = Boolean(geometry.ctPath) && Boolean(geometry.huToRsp?.length);
  must(Boolean(geometry.phantom) || hasCt, 'there is neither a CT nor a phantom');
}

function checkBeam({ radiationType, patientPosition, layers }: BeamInput): void {
  if ((radiationType as string) !== 'PROTON')
    throw unsupported(`radiation type ${radiationType} is not modelled: only protons are`);
  if (!PATIENT_POSITIONS.includes(patientPosition)) {
    throw unsupported(`patient position ${patientPosition as string} is not one of ${PATIENT_POSITIONS.join(', ')}`);
  }
  const [least, most] = RANGE_TABLE_MEV;
  const odd = layers.find(({ energyMeV }) => !(energyMeV >= least && energyMeV <= most));
  if (odd) throw unsupported(`energy ${String(odd.energyMeV)} MeV is outside ${String(least)}-${String(most)} MeV`);
}

function checkNumbers(beam: BeamInput): void {
  const { isocentreMm, gantryAngleDeg, couchAngleDeg, layers } = beam;
  if (![...isocentreMm, gantryAngleDeg, couchAngleDeg].every(Number.isFinite)) {
    throw permanent('engine.bad-input', 'isocentre, gantry and couch angle must be numbers');
  }
  for (const { controlPointIndex, xMm, yMm, protons } of layers) {
    const whole = xMm.length === protons.length && yMm.length === protons.length;
    if (
      !whole ||
      ![...xMm, ...yMm].every(Number.isFinite) ||
      !protons.every((count) => count >= 0 && count < Infinity)
    ) {
      throw permanent(
        'engine.bad-input',
        `the spots of control point ${String(controlPointIndex)} are not whole numbers`,
      );
    }
  }
}

const unsupported = (what: string): Error => input('engine.unsupported', what);
