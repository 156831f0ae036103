import { join } from 'node:path';
import { z } from 'zod';
import { permanent, toCaseError, type CaseError } from '../../domain/errors.js';
import type { Grid } from '../../domain/grid.js';
import type { EngineRequest, EngineResult } from '../../ports/engine.js';
import type { JobExit } from '../../ports/scheduler.js';
import { fullDisk, readJson, readRemarks, RESULT_NAME } from './engine-files.js';
import { judgeDose } from './judge-dose.js';
import { judgeExit } from './judge-exit.js';

const triple = z.tuple([z.number(), z.number(), z.number()]);
const count = z.int().min(1);
/** The part of geometry.json that the result is held against. */
const Wanted = z.object({
  doseGrid: z.object({ originMm: triple, spacingMm: triple, size: z.tuple([count, count, count]) }),
});

/** `engine.lost` too: on a full disk the wrapper of a job cannot write its exit code. */
const MAY_BE_THE_DISK: ReadonlySet<string> = new Set(['engine.bad-dose', 'engine.crashed', 'engine.lost']);

/** What a run's own words make of how it ended. @param ended the failure its exit means; null for exit code 0 */
type InWords = (ended: CaseError | null) => Promise<CaseError | null>;

/**
 * The judgement every engine's run gets: its exit and words, then its dose file, then the disk if one of these is bad.
 * @param resultName the MetaImage to look for in the attempt's folder
 */
export function judgeRun(
  request: EngineRequest,
  exit: JobExit,
  resultName = RESULT_NAME,
  inWords: InWords = (ended) => Promise.resolve(ended),
): Promise<EngineResult> {
  return unlessDiskFull(request.folder, async () => {
    const failure = await inWords(judgeExit(exit));
    if (failure !== null) throw failure;
    const grid = await wantedGrid(request.geometryPath);
    const path = join(request.folder, resultName);
    const { maxGy } = await judgeDose(path, grid);
    return { path, grid, maxGy, remarks: await readRemarks(request.folder) };
  });
}

/** A judgement; where it is bad and the folder's disk is full, that is what is said. */
export async function unlessDiskFull<T>(folder: string, judgement: () => Promise<T>): Promise<T> {
  try {
    return await judgement();
  } catch (thrown) {
    const error = toCaseError(thrown);
    throw (MAY_BE_THE_DISK.has(error.code) ? await fullDisk(folder) : null) ?? error;
  }
}

/** @throws permanent `engine.geometry` */
export async function wantedGrid(geometryPath: string): Promise<Grid> {
  const parsed = Wanted.safeParse(await readJson(geometryPath, 'the geometry of the beam'));
  if (!parsed.success) throw permanent('engine.geometry', 'geometry.json of the beam holds no dose grid');
  return parsed.data.doseGrid;
}
