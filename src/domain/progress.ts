import type { CaseState } from './case-machine.js';

/** Percent a case shows when it has reached a state (configuration: progressTracking.coarsePhaseProgress). */
export interface CoarsePhaseProgress {
  readonly validated: number;
  readonly interpreted: number;
  readonly simulated: number;
  readonly assembled: number;
}

/** Progress of a case, 0-100: by state, and between interpreted and simulated by the mean progress of its beams. */
export function caseProgress(state: CaseState, beams: readonly number[], coarse: CoarsePhaseProgress): number {
  switch (state) {
    case 'completed':
      return 100;
    case 'validated':
    case 'simulated':
    case 'assembled':
      return coarse[state];
    case 'interpreted': {
      const mean = beams.length === 0 ? 0 : beams.reduce((sum, beam) => sum + beam, 0) / beams.length;
      return coarse.interpreted + ((coarse.simulated - coarse.interpreted) * mean) / 100;
    }
    default:
      return 0;
  }
}
