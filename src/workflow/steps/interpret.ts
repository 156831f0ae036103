import { readFile } from 'node:fs/promises';
import { Inject, Service } from 'typedi';
import { parseAcceptedCase } from '../../domain/accepted-case.js';
import type { AcceptedCase } from '../../domain/accepted-case.js';
import type { BeamInput } from '../../domain/beam-input.js';
import type { Case } from '../../domain/case.js';
import { input, permanent } from '../../domain/errors.js';
import type { Folders } from '../../domain/folders.js';
import { diskError } from '../../files/disk-error.js';
import { mayPass } from '../../files/system-code.js';
import type { Geometry } from '../../domain/geometry.js';
import { ctGeometry, phantomGeometry } from '../../domain/geometry-choice.js';
import type { Grid } from '../../domain/grid.js';
import type { IonPlan } from '../../domain/plan.js';
import { CaseReader } from '../../ports/case-reader.js';
import { Interpreter } from '../../ports/interpreter.js';
import { Settings } from '../../ports/settings.js';
import type { Step, StepContext, StepOutcome } from '../../ports/step.js';
import { WorkFolders } from '../../ports/work-folders.js';
import { DeliveryComparisons } from '../delivery-comparisons.js';
import { writeWholeFile } from './whole-file.js';

/**
 * Writes what an engine needs: `beam.json` and `geometry.json` for each beam, and the CT as one image. The same case
 * gives the same bytes, so a repeat changes nothing under a job that already reads them.
 */
@Service()
export class InterpretStep implements Step {
  readonly name = 'interpret';

  constructor(
    @Inject(CaseReader) private readonly reader: CaseReader,
    @Inject(Interpreter) private readonly interpreter: Interpreter,
    @Inject(Settings) private readonly settings: Settings,
    @Inject(WorkFolders) private readonly folders: Folders,
    private readonly comparisons: DeliveryComparisons,
  ) {}

  async run(kase: Case, context: StepContext): Promise<StepOutcome> {
    const accepted = await this.#accepted(kase);
    const plan = await this.reader.plan(this.folders.planCopy(kase));
    // Where the doses of an earlier run stand, no engine will ask for input.
    if (kase.resultsOf === null) await this.#writeInputs(kase, plan, accepted, context);
    await this.comparisons.compare(kase, plan, accepted, context);
    return { do: 'advance' };
  }

  async #writeInputs(kase: Case, plan: IonPlan, accepted: AcceptedCase, { signal, log }: StepContext): Promise<void> {
    const beams = await this.interpreter.interpret(kase, plan, accepted, signal);
    const ctGrid = await this.#ctImage(kase, accepted, signal);
    if (ctGrid === null) requireOneIsocentre(beams);
    for (const beam of beams) {
      signal.throwIfAborted();
      const geometry = this.#geometry(kase, plan, beam, accepted, ctGrid);
      await writeWholeFile(this.folders.geometry(kase, beam.beamNumber), json(geometry));
      await writeWholeFile(this.folders.beamInput(kase, beam.beamNumber), json(beam));
    }
    log.info('case interpreted', { kind: this.interpreter.kind, count: beams.length });
  }

  async #accepted(kase: Case): Promise<AcceptedCase> {
    const text = await readFile(this.folders.inventory(kase), 'utf8').catch((cause: unknown) => {
      if (mayPass(cause)) throw diskError(cause);
      throw permanent('work.damaged', 'inventory.json is not in the work folder of the case', {
        cause,
        remedy: 'mqi retry ID --from validate',
      });
    });
    return parseAcceptedCase(text);
  }

  async #ctImage(kase: Case, { ctSlices }: AcceptedCase, signal: AbortSignal): Promise<Grid | null> {
    if (ctSlices.length === 0) return null;
    return this.reader.ctImage(this.folders.dropped(kase), ctSlices, this.folders.ctImage(kase), signal);
  }

  #geometry(kase: Case, plan: IonPlan, beam: BeamInput, { ctSlices }: AcceptedCase, ctGrid: Grid | null): Geometry {
    const { doseSpacingMm, huToRsp, phantom } = this.settings.geometry;
    const frameOfReferenceUid = ctSlices[0]?.frameOfReferenceUid ?? plan.frameOfReferenceUid ?? '';
    if (ctGrid === null) return phantomGeometry(frameOfReferenceUid, beam.isocentreMm, phantom);
    return ctGeometry({ frameOfReferenceUid, ctGrid, ctPath: this.folders.ctImage(kase), huToRsp, doseSpacingMm });
  }
}

/** Each phantom is set to its beam's isocentre; on grids at several places the doses could not be added up. */
function requireOneIsocentre(beams: readonly BeamInput[]): void {
  const [first] = beams;
  const other = beams.find((beam) => beam.isocentreMm.some((mm, axis) => mm !== first?.isocentreMm[axis]));
  if (first === undefined || other === undefined) return;
  throw input(
    'geometry.several-isocentres',
    `beams ${String(first.beamNumber)} and ${String(other.beamNumber)} have different isocentres, and there is no CT`,
    { remedy: 'add the CT to the folder, or drop the beams of each isocentre as a plan of its own' },
  );
}

const json = (value: BeamInput | Geometry): string => `${JSON.stringify(value)}\n`;
