import { Inject, Service } from 'typedi';
import type { AcceptedCase } from '../domain/accepted-case.js';
import type { Beam, BeamFigures, ValidatedBeam } from '../domain/beam.js';
import { isRerun, type Case } from '../domain/case.js';
import type { Inventory } from '../domain/inventory.js';
import { BeamStore } from '../ports/beam-store.js';
import { CaseStore } from '../ports/case-store.js';
import { Clock } from '../ports/clock.js';
import { Settings } from '../ports/settings.js';
import type { StepOutcome } from '../ports/step.js';
import { calculationKey } from './content-digest.js';

const MS_PER_HOUR = 3_600_000;

/** What a run that was found whole is to do: calculate, or take over what an earlier run of the folder calculated. */
interface Settlement {
  readonly do: 'settled';
  readonly facts: Pick<Case, 'calculationKey' | 'resultsOf'>;
  readonly beams: readonly ValidatedBeam[];
  readonly remarks: readonly string[];
}

type OfDeliveries = Pick<AcceptedCase, 'deliveries' | 'referenceFraction'>;

/**
 * Later fractions of a case that is done (docs/adr/0055-later-fractions.md). A folder that has gained nothing but delivery logs
 * of fractions that are not simulated is its next run, as every change is; but what that run would calculate is calculated
 * already. It takes the beams over as they are, compares the deliveries, and no engine is started for it.
 *
 * Reads only what no longer moves: an earlier run that is completed, and its beams.
 */
@Service()
export class FurtherDeliveries {
  constructor(
    @Inject(CaseStore) private readonly cases: CaseStore,
    @Inject(BeamStore) private readonly beams: BeamStore,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  async settle(
    kase: Case,
    figures: readonly BeamFigures[],
    inventory: Inventory,
    accepted: OfDeliveries,
  ): Promise<Settlement | Extract<StepOutcome, { do: 'wait' }>> {
    const key = this.#keyOf(inventory, accepted);
    const earlier = key === null ? null : await this.#sameCalculation(kase, key);
    const made = earlier === null ? null : await this.#beamsOf(earlier, figures);
    if (earlier === null || made === null) {
      return { do: 'settled', facts: { calculationKey: key, resultsOf: null }, beams: figures, remarks: [] };
    }
    const wait = this.#waitForRest(kase, accepted, figures.length);
    if (wait !== null) return wait;
    const resultsOf = earlier.resultsOf ?? earlier.id;
    const remark = `only delivery logs of other fractions have changed: the doses of case ${resultsOf} stand, nothing is calculated`;
    return { do: 'settled', facts: { calculationKey: key, resultsOf }, beams: made, remarks: [remark] };
  }

  /** Null where nobody knows what the input is made of: a program of the site may read any file. */
  #keyOf(inventory: Inventory, accepted: OfDeliveries): string | null {
    return this.settings.interpretation.kind === 'command' ? null : calculationKey(inventory, accepted);
  }

  /** The newest completed run before this one, if it was calculated from the same; its results are what a target shows. */
  async #sameCalculation(kase: Case, key: string): Promise<Case | null> {
    const runs = await this.cases.runsOf(kase);
    const done = runs.find(({ run, state }) => run < kase.run && state === 'completed');
    if (done?.calculationKey !== key) return null;
    const history = await this.cases.transitionsOf(kase.id);
    return history.some(isRerun) ? null : done;
  }

  async #beamsOf({ id }: Case, figures: readonly BeamFigures[]): Promise<readonly ValidatedBeam[] | null> {
    const done = new Map((await this.beams.ofCase(id)).map((beam) => [beam.beamNumber, beam]));
    const beams = figures.map((beam) => withDose(beam, done.get(beam.beamNumber)));
    return beams.length === done.size && beams.every(({ made }) => made !== undefined) ? beams : null;
  }

  /**
   * A fraction whose other beams may still come is waited for, by the same run: each of its folders would be a run
   * otherwise. Never longer than its hour after the last change, whatever the machine's clock says.
   */
  #waitForRest(
    { takenAt }: Case,
    { deliveries }: OfDeliveries,
    beams: number,
  ): Extract<StepOutcome, { do: 'wait' }> | null {
    const hours = Math.min(1, this.settings.intake.incompleteHours);
    const until = takenAt + hours * MS_PER_HOUR;
    const pending = deliveries.filter(({ fractionStatus }) => fractionStatus === 'pending');
    const [first] = pending;
    if (first === undefined || this.clock.now() >= until) return null;
    const there = new Set(pending.map(({ beamNumber }) => beamNumber)).size;
    const waitingFor = `the rest of fraction ${String(first.fraction)}: logs of ${String(there)} of ${String(beams)} beams are there`;
    return { do: 'wait', waitingFor, lookAgainAt: until };
  }
}

function withDose(figures: BeamFigures, done: Beam | undefined): ValidatedBeam {
  if (done?.state !== 'converted') return figures;
  const { startedAt, finishedAt, resultPath, resultSha256 } = done;
  return { ...figures, made: { startedAt, finishedAt, resultPath, resultSha256 } };
}
