import type { AcceptedCase } from '../../domain/accepted-case.js';
import type { AcceptedDelivery } from '../../domain/accepted-delivery.js';
import type { BeamInput, LayerInput } from '../../domain/beam-input.js';
import type { BeamModel } from '../../domain/beam-model.js';
import type { Case } from '../../domain/case.js';
import type { DeliveredBeamLayer } from '../../domain/delivered-beam-layer.js';
import { input, permanent } from '../../domain/errors.js';
import type { Folders } from '../../domain/folders.js';
import { requireEnergies } from '../../domain/layer-energies.js';
import { calibratedMachine } from '../../domain/machine.js';
import type { Machine, MachineCalibration } from '../../domain/machine.js';
import type { IonPlan } from '../../domain/plan.js';
import { protonsPerMu } from '../../domain/protons-per-mu.js';
import type { BeamModels } from '../../ports/beam-models.js';
import type { DeliveryReader } from '../../ports/delivery-reader.js';
import type { Interpreter } from '../../ports/interpreter.js';
import { outsideTable, PlanInterpreter } from './plan-interpreter.js';

export interface ShiLogInterpreterOptions {
  readonly folders: Folders;
  readonly machines: readonly Machine[];
  readonly spotToleranceMm: number;
}

/**
 * Engine input from what a Sumitomo machine recorded in the reference fraction: spots, positions and meterset as
 * delivered; everything else, energies and nominal spot sizes among it, as planned (docs/delivery-logs.md).
 */
export class ShiLogInterpreter implements Interpreter {
  readonly kind = 'shi-log';
  readonly #planned: PlanInterpreter;

  constructor(
    private readonly models: BeamModels,
    private readonly reader: DeliveryReader,
    private readonly options: ShiLogInterpreterOptions,
  ) {
    this.#planned = new PlanInterpreter(models);
  }

  /**
   * Throws what PlanInterpreter throws; input `delivery.log`, `delivery.energy-mismatch`, `delivery.no-beam`; operator
   * `delivery.no-calibration`; permanent `work.damaged` for a case that was validated without its logs; the signal's
   * reason, when it aborts.
   */
  async interpret(
    kase: Pick<Case, 'id' | 'run' | 'inbox' | 'folder'>,
    plan: IonPlan,
    { deliveries, referenceFraction }: Pick<AcceptedCase, 'deliveries' | 'referenceFraction'>,
    signal: AbortSignal,
  ): Promise<readonly BeamInput[]> {
    if (referenceFraction === null) throw withoutLogs();
    const { calibration } = calibratedMachine(this.options.machines, plan.beams);
    const inputs: BeamInput[] = [];
    for (const planned of await this.#planned.interpret(kase, plan)) {
      const own = deliveries.filter(
        ({ beamNumber, fraction }) => beamNumber === planned.beamNumber && fraction === referenceFraction,
      );
      const layers = await this.#layers(kase, own, calibration, signal);
      requireLayers(plan, planned, layers);
      inputs.push(asDelivered(planned, layers, calibration, await this.models.forMachine(planned.machine)));
    }
    return inputs;
  }

  async #layers(
    kase: Pick<Case, 'inbox' | 'folder'>,
    deliveries: readonly AcceptedDelivery[],
    calibration: MachineCalibration,
    signal: AbortSignal,
  ): Promise<readonly DeliveredBeamLayer[]> {
    const layers: DeliveredBeamLayer[] = [];
    const reading = { calibration, toleranceMm: this.options.spotToleranceMm };
    const caseFolder = this.options.folders.dropped(kase);
    for await (const layer of this.reader.layers(caseFolder, deliveries, reading, signal)) layers.push(layer);
    return layers;
  }
}

/** Every planned layer once, at its energy. */
function requireLayers(
  plan: IonPlan,
  { beamNumber, layers: planned }: BeamInput,
  layers: readonly DeliveredBeamLayer[],
) {
  requireEnergies(plan.beams, [{ beamNumber, layers }]);
  const missing = planned.findIndex((_, index) => layers[index]?.layerNumber !== index + 1);
  if (missing < 0) return;
  throw input('delivery.log', `beam ${String(beamNumber)}: layer ${String(missing + 1)} has no logs`);
}

/**
 * Counts of the reference range become meterset by the machine's counts per MU or, where these are not known, such that
 * the beam has its planned total. A count is worth an amount of MU, so in a plan of proton numbers (NP) counts are
 * weighed by the protons of a MU at the layer's energy.
 */
function asDelivered(
  planned: BeamInput,
  layers: readonly DeliveredBeamLayer[],
  { countsPerMu }: MachineCalibration,
  model: BeamModel,
): BeamInput {
  const isNp = planned.metersetUnit === 'NP';
  const delivered = planned.layers.map((layer, index) => {
    const perMu = isNp ? protonsPerMuAt(layer.energyMeV, planned.beamNumber, model) : 1;
    return { layer, spots: spotsOf(planned.beamNumber, layers[index]), perMu };
  });
  const total = delivered.reduce(
    (sum, { spots, perMu }) => sum + perMu * spots.reduce((counts, spot) => counts + spot.counts, 0),
    0,
  );
  const metersetPerCount = countsPerMu === null ? planned.meterset / total : 1 / countsPerMu;
  const made = delivered.map(({ layer, spots, perMu }): LayerInput => {
    const meterset = spots.map(({ counts }) => counts * perMu * metersetPerCount);
    const protonsPerUnit = isNp ? 1 : protonsPerMuAt(layer.energyMeV, planned.beamNumber, model);
    return {
      ...layer,
      xMm: spots.map(({ xMm }) => rounded(xMm)),
      yMm: spots.map(({ yMm }) => rounded(yMm)),
      meterset,
      protons: meterset.map((one) => one * protonsPerUnit),
    };
  });
  return {
    ...planned,
    meterset: sumOver(made, ({ meterset }) => meterset),
    protons: sumOver(made, ({ protons }) => protons),
    layers: made,
  };
}

/** Spots that carry counts, in the order of time. */
function spotsOf(beamNumber: number, layer: DeliveredBeamLayer | undefined) {
  const spots = (layer?.parts ?? []).flatMap((part) => part.spots.filter(({ counts }) => counts > 0));
  if (spots.length > 0) return spots;
  throw input(
    'delivery.no-beam',
    `beam ${String(beamNumber)}: the logs of layer ${String(layer?.layerNumber ?? 0)} have no row with the beam on`,
    { remedy: 'check the logs of this beam; with interpretation.kind: plan the case is calculated from its plan' },
  );
}

function protonsPerMuAt(energyMeV: number, beamNumber: number, model: BeamModel): number {
  const protons = protonsPerMu(model, energyMeV);
  if (protons === null) throw outsideTable(energyMeV, beamNumber, model);
  return protons;
}

/** To 0.1 um: far below a count of the monitors, and shorter in the file. */
const rounded = (mm: number): number => Math.round(mm * 10_000) / 10_000;

const sumOver = (layers: readonly LayerInput[], values: (layer: LayerInput) => readonly number[]): number =>
  layers.reduce((total, layer) => total + values(layer).reduce((sum, one) => sum + one, 0), 0);

const withoutLogs = () =>
  permanent('work.damaged', 'the case was checked without its delivery logs', {
    remedy: 'mqi retry ID --from validate',
  });
