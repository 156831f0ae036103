import type { Failure } from '../../../domain/errors.js';
import type { MadeDose } from '../../../ports/dose-maker.js';
import type { EngineResult } from '../../../ports/engine.js';

/** What both kinds of dose need to know. Plain data: it goes to a worker thread. */
interface DoseCommon {
  readonly caseId: string;
  readonly run: number;
  readonly planPath: string;
  /** Where the RT Dose is to lie. */
  readonly target: string;
  readonly softwareVersion: string;
}

export interface BeamDoseTask extends DoseCommon {
  readonly do: 'beam';
  readonly beamNumber: number;
  readonly geometryPath: string;
  readonly result: EngineResult;
}

export interface PlanDoseTask extends DoseCommon {
  readonly do: 'plan';
  readonly beams: readonly MadeDose[];
}

export interface ReadDoseTask {
  readonly do: 'read';
  readonly path: string;
  readonly beamNumber: number | null;
}

export type DoseTask = BeamDoseTask | PlanDoseTask | ReadDoseTask;

/** Errors of our class do not survive the way between threads; their parts do. `cause` is for the log. */
export type DoseReply = { readonly dose: MadeDose } | { readonly failure: Failure; readonly cause: unknown };
