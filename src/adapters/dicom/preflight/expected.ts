import type { Grid } from '../../../domain/grid.js';
import type { PlanFacts } from './plan-facts.js';

/** What an object must agree with, of the files of the case. */
export interface Expected {
  /** Null: the dose of the plan. */
  readonly beamNumber: number | null;
  readonly plan: PlanFacts;
  /** What the engine was asked for (geometry.json); null where that cannot be read, which is a failure of its own. */
  readonly grid: Grid | null;
  /** Of what was calculated on; empty where neither geometry nor plan names one. */
  readonly frameOfReferenceUid: string;
}
