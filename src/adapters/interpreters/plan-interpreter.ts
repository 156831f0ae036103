import { PATIENT_POSITIONS } from '../../domain/beam-input.js';
import type { BeamInput, LayerInput, PatientPosition, RangeShifter } from '../../domain/beam-input.js';
import type { BeamModel } from '../../domain/beam-model.js';
import type { Case } from '../../domain/case.js';
import { input } from '../../domain/errors.js';
import type { IonBeam, IonPlan, PlanLayer, PlanRangeShifter } from '../../domain/plan.js';
import { protonsPerMu } from '../../domain/protons-per-mu.js';
import type { BeamModels } from '../../ports/beam-models.js';
import type { Interpreter } from '../../ports/interpreter.js';
import { refuseUnmodelled } from './refuse-unmodelled.js';

/** Engine input straight from the plan: what was planned, not what was delivered. */
export class PlanInterpreter implements Interpreter {
  readonly kind = 'plan';

  constructor(private readonly models: BeamModels) {}

  /** Throws input `engine.unsupported`, `plan.patient-position`, `plan.range-shifter`, naming the beam. */
  async interpret(kase: Pick<Case, 'id' | 'run'>, plan: IonPlan): Promise<readonly BeamInput[]> {
    const patientPosition = knownPosition(plan.patientPosition);
    const inputs: BeamInput[] = [];
    for (const beam of plan.beams) {
      refuseUnmodelled(beam);
      const model = await this.models.forMachine(beam.machine);
      inputs.push(beamInput(kase, plan, beam, patientPosition, model));
    }
    return inputs;
  }
}

function beamInput(
  kase: Pick<Case, 'id' | 'run'>,
  plan: IonPlan,
  beam: IonBeam,
  patientPosition: PatientPosition,
  model: BeamModel,
): BeamInput {
  const layers = beam.layers.map((layer) => layerInput(layer, plan.metersetUnit, beam.beamNumber, model));
  return {
    format: 'mqi-beam/1',
    caseId: kase.id,
    run: kase.run,
    beamNumber: beam.beamNumber,
    beamName: beam.name,
    machine: beam.machine,
    beamModel: model.name,
    radiationType: 'PROTON',
    patientPosition,
    gantryAngleDeg: beam.gantryAngleDeg,
    couchAngleDeg: beam.couchAngleDeg,
    isocentreMm: beam.isocentreMm,
    snoutPositionMm: beam.snoutPositionMm,
    virtualSadMm: beam.virtualSadMm,
    rangeShifters: beam.rangeShifters.map((shifter) => rangeShifter(shifter, beam.beamNumber, model)),
    fractionsPlanned: plan.fractionsPlanned,
    metersetUnit: plan.metersetUnit,
    meterset: beam.meterset,
    protons: layers.reduce((sum, layer) => sum + layer.protons.reduce((a, b) => a + b, 0), 0),
    layers,
  };
}

function layerInput(layer: PlanLayer, unit: 'MU' | 'NP', beamNumber: number, model: BeamModel): LayerInput {
  const perUnit = unit === 'NP' ? 1 : protonsPerMu(model, layer.energyMeV);
  if (perUnit === null) throw outsideTable(layer.energyMeV, beamNumber, model);
  return {
    controlPointIndex: layer.controlPointIndex,
    energyMeV: layer.energyMeV,
    paintings: layer.paintings,
    spotSizeFwhmMm: layer.spotSizeFwhmMm,
    xMm: layer.xMm,
    yMm: layer.yMm,
    meterset: layer.meterset,
    protons: layer.meterset.map((meterset) => meterset * perUnit),
  };
}

function rangeShifter(shifter: PlanRangeShifter, beamNumber: number, model: BeamModel): RangeShifter {
  const ofModel = Object.hasOwn(model.rangeShifters, shifter.id) ? model.rangeShifters[shifter.id] : undefined;
  const thickness = shifter.waterEquivalentThicknessMm ?? ofModel;
  if (thickness === undefined) {
    throw input(
      'plan.range-shifter',
      `beam ${String(beamNumber)}: the thickness of range shifter ${String(shifter.number)} is neither in the plan ` +
        `(Range Shifter Water Equivalent Thickness (300A,0366)) nor in beam model ${model.name}`,
      { remedy: 'add it to rangeShifters of the beam model under its Range Shifter ID, then: mqi retry ID' },
    );
  }
  return {
    number: shifter.number,
    id: shifter.id,
    waterEquivalentThicknessMm: thickness,
    isocentreDistanceMm: shifter.isocentreDistanceMm,
  };
}

function knownPosition(position: string): PatientPosition {
  const known = PATIENT_POSITIONS.find((one) => one === position);
  if (known !== undefined) return known;
  const says = position === '' ? 'no patient position' : 'a patient position that is not modelled';
  throw input('plan.patient-position', `the plan has ${says} (Patient Position (0018,5100))`, {
    remedy: `plans for ${PATIENT_POSITIONS.join(', ')} are calculated`,
  });
}

export function outsideTable(energyMeV: number, beamNumber: number, { name, table }: BeamModel): Error {
  const energies = table.map((entry) => entry.energyMeV);
  const range = `${String(Math.min(...energies))} to ${String(Math.max(...energies))} MeV`;
  const what = `${String(energyMeV)} MeV lies outside the table of beam model ${name} (${range})`;
  return input('engine.unsupported', `beam ${String(beamNumber)}: ${what}`, {
    remedy: 'extend the beam model by measured values, then: mqi retry ID',
  });
}
