import { Inject, Service } from 'typedi';
import type { Beam } from '../../domain/beam.js';
import type { Case } from '../../domain/case.js';
import { bug, permanent } from '../../domain/errors.js';
import type { Folders } from '../../domain/folders.js';
import { BeamStore } from '../../ports/beam-store.js';
import { DoseMaker, type MadeDose } from '../../ports/dose-maker.js';
import type { Step, StepContext, StepOutcome } from '../../ports/step.js';
import { WorkFolders } from '../../ports/work-folders.js';

/** Sums the RT Dose of the beams into that of the plan. A repeat makes the same file again. */
@Service()
export class AssembleStep implements Step {
  readonly name = 'assemble';

  constructor(
    @Inject(BeamStore) private readonly beams: BeamStore,
    @Inject(DoseMaker) private readonly doses: DoseMaker,
    @Inject(WorkFolders) private readonly folders: Folders,
  ) {}

  async run(kase: Case, { signal, log }: StepContext): Promise<StepOutcome> {
    // An earlier run has made it, and it stands for this run's too.
    if (kase.resultsOf !== null) return { do: 'advance' };
    const beams = await this.beams.ofCase(kase.id);
    if (beams.length === 0) throw bug('assemble.no-beams', 'a case without beams was put before assembly');
    const made: MadeDose[] = [];
    for (const beam of beams) {
      signal.throwIfAborted();
      made.push(await this.#doseOf(kase, beam));
    }
    const plan = await this.doses.planDose(kase, this.folders.planCopy(kase), made);
    log.info('plan dose made', { count: made.length, bytes: plan.bytes, sopInstanceUid: plan.sopInstanceUid });
    return { do: 'advance' };
  }

  /** The file must be the one that was recorded when the beam was converted, not what somebody left since. */
  async #doseOf(kase: Case, beam: Beam): Promise<MadeDose> {
    const { beamNumber, state, resultSha256 } = beam;
    if (state !== 'converted') throw bug('assemble.beam-not-converted', `a beam to be assembled is ${state}`);
    const dose = await this.doses.read(this.folders.beamDose(kase, beamNumber), beamNumber);
    if (resultSha256 !== null && dose.sha256 !== resultSha256) {
      throw permanent('dose.damaged', `the dose of beam ${String(beamNumber)} is not the one that was recorded`, {
        remedy: `have the beam calculated again: mqi retry ID --beam ${String(beamNumber)}`,
      });
    }
    return dose;
  }
}
