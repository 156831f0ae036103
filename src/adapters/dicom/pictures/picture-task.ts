import type { Failure } from '../../../domain/errors.js';
import type { PlanesThrough } from '../../../ports/case-pictures.js';

export interface DosePictureTask {
  readonly do: 'dose';
  readonly dosePath: string;
  readonly beamInputPath: string;
  readonly geometryPath: string;
  readonly ctPath: string;
  readonly beamNumber: number;
  readonly of: 'beam' | 'plan';
  readonly through: PlanesThrough;
}

export interface LayersTask {
  readonly do: 'layers';
  readonly beamInputPath: string;
}

export type PictureTask = DosePictureTask | LayersTask;

/** Errors of our class do not survive the way between threads; their parts do. */
export type PictureReply = { readonly json: Uint8Array } | { readonly failure: Failure; readonly cause: unknown };
