import { z } from 'zod';
import type { BeamInput } from '../../../domain/beam-input.js';
import { permanent } from '../../../domain/errors.js';
import type { Geometry } from '../../../domain/geometry.js';
import type { EngineRequest } from '../../../ports/engine.js';
import { readJson } from '../engine-files.js';

const BeamFile = z.looseObject({ format: z.literal('mqi-beam/1') });
const GeometryFile = z.looseObject({ format: z.literal('mqi-geometry/1') });

/** Both files are ours, and were checked when they were written: only that they are what they should be is looked at. */
export async function readRequest(request: EngineRequest): Promise<{ beam: BeamInput; geometry: Geometry }> {
  const [beam, geometry] = await Promise.all([
    readJson(request.beamInputPath, 'the input of the beam'),
    readGeometry(request),
  ]);
  if (!BeamFile.safeParse(beam).success) throw permanent('engine.input', 'beam.json is not of format mqi-beam/1');
  return { beam: beam as BeamInput, geometry };
}

/** The geometry alone: the spots of a beam may take tens of megabytes. */
export async function readGeometry({ geometryPath }: Pick<EngineRequest, 'geometryPath'>): Promise<Geometry> {
  const geometry = await readJson(geometryPath, 'the geometry of the beam');
  if (GeometryFile.safeParse(geometry).success) return geometry as Geometry;
  throw permanent('engine.geometry', 'geometry.json is not of format mqi-geometry/1');
}
