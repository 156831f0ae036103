import { Token } from 'typedi';
import type { Grid } from '../domain/grid.js';
import type { JobExit, JobRequest } from './scheduler.js';

export interface EngineRequest {
  /** Fresh folder of the attempt, absolute. */
  readonly folder: string;
  /** beam.json and geometry.json, absolute. */
  readonly beamInputPath: string;
  readonly geometryPath: string;
  readonly beamNumber: number;
  readonly gpuUuids: readonly string[];
  /** A path of ours as the job will see it, on whatever host it runs; without it, unchanged. Not needed to judge. */
  readonly there?: (path: string) => string;
  /** The same of the engine's program and its own files, which are not brought there. */
  readonly installedThere?: (path: string) => string;
}

/** What is known of a beam before it has a place. */
export type BeamFiles = Pick<EngineRequest, 'beamInputPath' | 'geometryPath' | 'beamNumber'>;

/** What a judged engine run left: dose of one beam, Gy per fraction, as MetaImage on exactly the wanted grid. */
export interface EngineResult {
  /** The .mha or .mhd file, absolute. */
  readonly path: string;
  readonly grid: Grid;
  /** Largest dose, Gy; of what an engine is known to make up in air without it, as far as it can tell. */
  readonly maxGy: number;
  /** Statements for DoseComment and the record: simplifications, model used. */
  readonly remarks: readonly string[];
}

/** Percent done by this line of output and those before it, 0-100; null when the line says nothing of it. */
export type ProgressReader = (line: string) => number | null;

/** Prepares inputs and argv, reads progress lines, and judges the result. */
export interface Engine {
  readonly kind: string;
  /**
   * For a beam that is next for a place, while the place is still another's: makes what the beams of its case share, and
   * gives the files of ours that its job will read from outside its folder, absolute. Harmless to repeat, and beside
   * `prepare`, which does without. Without this method nothing can be done ahead. When the signal aborts, what takes long
   * is left undone.
   */
  ahead?(beam: BeamFiles, signal: AbortSignal): Promise<readonly string[]>;
  /** Writes the inputs into the request's folder. Throws `engine.unsupported` (input) for what it cannot model. */
  prepare(request: EngineRequest): Promise<JobRequest>;
  /** A reader for the output of one job, from its first line on. */
  readProgress(): ProgressReader;
  /**
   * The result if, and only if, it is plausible: exit 0, the file is there, whole, on the grid, finite, min >= 0,
   * max > 0. Otherwise throws `engine.crashed`, `engine.lost`, `gpu.busy` (transient) or `engine.bad-dose` (permanent).
   */
  judge(request: EngineRequest, exit: JobExit): Promise<EngineResult>;
}
export const Engine = new Token<Engine>('Engine');
