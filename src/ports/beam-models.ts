import { Token } from 'typedi';
import type { BeamModel } from '../domain/beam-model.js';

/** The beam models of config/beam-models, and which machine has which. */
export interface BeamModels {
  /** The model configured for the machine, or the generic one (`model.name` is then `generic`). */
  forMachine(machine: string): Promise<BeamModel>;
  byName(name: string): Promise<BeamModel>;
}
export const BeamModels = new Token<BeamModels>('BeamModels');
