import { setMaxListeners } from 'node:events';
import { Inject, Service } from 'typedi';
import type { Case } from '../../domain/case.js';
import { permanent } from '../../domain/errors.js';
import { BeamStore } from '../../ports/beam-store.js';
import { CaseStore } from '../../ports/case-store.js';
import { Clock } from '../../ports/clock.js';
import { Settings } from '../../ports/settings.js';
import type { Step, StepContext, StepOutcome } from '../../ports/step.js';
import { BeamSimulation } from './beam-simulation.js';
import { simulationOutcome } from './simulation-outcome.js';
import { SimulationProgress } from './simulation-progress.js';

/** One job per beam, all beams at once as far as slots allow; done when every beam has its RT Dose. */
@Service()
export class SimulateStep implements Step {
  readonly name = 'simulate';

  constructor(
    @Inject(BeamStore) private readonly beams: BeamStore,
    @Inject(CaseStore) private readonly cases: CaseStore,
    @Inject(Settings) private readonly settings: Settings,
    @Inject(Clock) private readonly clock: Clock,
    private readonly simulation: BeamSimulation,
  ) {}

  async run(kase: Case, context: StepContext): Promise<StepOutcome> {
    const beams = await this.beams.ofCase(kase.id);
    if (beams.length === 0) throw permanent('plan.no-beams', 'the case has no beams to calculate');
    if (beams.some(({ state, attempt }) => state !== 'pending' || attempt > 0)) await context.begins?.(true);
    const { coarsePhaseProgress } = this.settings.progressTracking;
    const stores = { cases: this.cases, beams: this.beams };
    const progress = new SimulationProgress(kase, beams, coarsePhaseProgress, stores, this.clock, context.log);
    setMaxListeners(0, context.signal); // a few for each beam, each taken off again; Node would warn of 11
    // All beams come to an end, also when one has failed or was aborted: none is left running unattended in here.
    const settled = await Promise.allSettled(
      beams.map((beam) => this.simulation.bringToDose(kase, beam, { ...context, progress })),
    );
    context.signal.throwIfAborted();
    const ends = settled.map((end) => {
      if (end.status === 'rejected') throw end.reason;
      return end.value;
    });
    return simulationOutcome(ends, this.clock.now());
  }
}
