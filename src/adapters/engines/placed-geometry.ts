import { join } from 'node:path';
import { z } from 'zod';
import { permanent } from '../../domain/errors.js';
import type { BeamFiles, EngineRequest } from '../../ports/engine.js';
import { readJson, writeInput } from './engine-files.js';

/** For a job that runs here. */
export const unchanged = (path: string): string => path;

const NamesCt = z.looseObject({ ctPath: z.string().nullish() });

/**
 * The geometry as the job can read it: geometry.json itself, or, where the host knows our files by other names, a copy in
 * the folder of the attempt that names the CT as it is there. `reads`: files of ours that it names.
 */
export async function placedGeometry({
  folder,
  geometryPath,
  there,
}: EngineRequest): Promise<{ readonly path: string; readonly reads: readonly string[] }> {
  if (there === undefined) return { path: geometryPath, reads: [] };
  const geometry = await readGeometry(geometryPath);
  const { ctPath } = geometry;
  const reads = typeof ctPath === 'string' ? [ctPath] : [];
  if (typeof ctPath !== 'string' || there(ctPath) === ctPath) return { path: geometryPath, reads };
  const path = join(folder, 'geometry.json');
  await writeInput(path, `${JSON.stringify({ ...geometry, ctPath: there(ctPath) })}\n`);
  return { path, reads };
}

/** Of a beam without place: what a job reads, whichever host it runs on. The geometry itself is placed with the job. */
export async function filesAhead({ beamInputPath, geometryPath }: BeamFiles): Promise<readonly string[]> {
  const { ctPath } = await readGeometry(geometryPath);
  return typeof ctPath === 'string' ? [beamInputPath, ctPath] : [beamInputPath];
}

async function readGeometry(path: string): Promise<z.infer<typeof NamesCt>> {
  const parsed = NamesCt.safeParse(await readJson(path, 'the geometry of the beam'));
  if (parsed.success) return parsed.data;
  throw permanent('engine.geometry', 'geometry.json of the beam names no CT and no phantom');
}
