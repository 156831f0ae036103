import type { Beam } from '../../domain/beam.js';
import type { EngineResult } from '../../ports/engine.js';
import type { JobExit } from '../../ports/scheduler.js';
import type { StepContext } from '../../ports/step.js';
import type { AskedHost } from './asked-host.js';
import type { SimulationProgress } from './simulation-progress.js';
import type { Tried } from './try-to.js';

/** What the beams of one case share while they are calculated. */
export interface CaseContext extends StepContext {
  readonly progress: SimulationProgress;
}

/** And what one of them has of its own. */
export interface BeamContext extends CaseContext {
  readonly asked: AskedHost;
}

/** A beam one state further; `result` where it was judged just now. */
export interface Advanced {
  readonly beam: Beam;
  readonly result?: EngineResult;
}

/** A submitted beam whose job has ended, or broken its limits; its place is free again. */
export interface Ran {
  readonly beam: Beam;
  readonly exit: Tried<JobExit>;
}
