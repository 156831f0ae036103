import type { BeamModel } from './beam-model.js';

/** What the embedded engine is started with: `engine-input.json`, written into the attempt's folder. */
export interface PencilBeamInput {
  /** beam.json and geometry.json, absolute. */
  readonly beamInputPath: string;
  readonly geometryPath: string;
  /** The whole model, so that a later change of the configuration cannot change a job already submitted. */
  readonly beamModel: BeamModel;
}
