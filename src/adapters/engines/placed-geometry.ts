import { join } from 'node:path';
import { z } from 'zod';
import { permanent } from '../../domain/errors.js';
import type { EngineRequest } from '../../ports/engine.js';
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
  const parsed = NamesCt.safeParse(await readJson(geometryPath, 'the geometry of the beam'));
  if (!parsed.success) throw permanent('engine.geometry', 'geometry.json of the beam names no CT and no phantom');
  const { ctPath } = parsed.data;
  const reads = typeof ctPath === 'string' ? [ctPath] : [];
  if (typeof ctPath !== 'string' || there(ctPath) === ctPath) return { path: geometryPath, reads };
  const path = join(folder, 'geometry.json');
  await writeInput(path, `${JSON.stringify({ ...parsed.data, ctPath: there(ctPath) })}\n`);
  return { path, reads };
}
