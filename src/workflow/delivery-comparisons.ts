import { Inject, Service } from 'typedi';
import type { AcceptedCase } from '../domain/accepted-case.js';
import type { AcceptedDelivery } from '../domain/accepted-delivery.js';
import type { Case } from '../domain/case.js';
import { compareLayer, type BeamComparison, type LayerComparison } from '../domain/delivery-comparison.js';
import { deliveryReport } from '../domain/delivery-report.js';
import { CaseError } from '../domain/errors.js';
import type { Folders } from '../domain/folders.js';
import type { MachineCalibration } from '../domain/machine.js';
import { calibratedMachine } from '../domain/machine.js';
import type { IonBeam, IonPlan } from '../domain/plan.js';
import { protonsPerMu } from '../domain/protons-per-mu.js';
import { BeamModels } from '../ports/beam-models.js';
import { CaseStore } from '../ports/case-store.js';
import { DeliveryReader } from '../ports/delivery-reader.js';
import { DeliveryStore, type NewDelivery } from '../ports/delivery-store.js';
import { Settings } from '../ports/settings.js';
import type { StepContext } from '../ports/step.js';
import { WorkFolders } from '../ports/work-folders.js';
import { writeWholeFile } from './steps/whole-file.js';

/** The deliveries of one beam in one fraction: several where it was interrupted and resumed. */
interface BeamDelivery {
  readonly parts: readonly AcceptedDelivery[];
  readonly beam: IonBeam | undefined;
  /** Names the files that are compared; null where they are not known. */
  readonly stamp: string | null;
}

type Outcome = Pick<NewDelivery, 'comparison' | 'stamp' | 'problem'>;

/**
 * Planned against delivered, for every beam of every fraction that has logs. Safe to repeat: the report is written whole, then
 * all rows of the case are replaced in one write. Logs that cannot be compared are told in words, with their delivery, and
 * stop nothing: what the doses are calculated from was judged before.
 *
 * A run that only adds deliveries to an earlier one compares what that one has not compared: thirty fractions over a slow
 * share are some GiB.
 */
@Service()
export class DeliveryComparisons {
  constructor(
    @Inject(DeliveryReader) private readonly reader: DeliveryReader,
    @Inject(DeliveryStore) private readonly store: DeliveryStore,
    @Inject(BeamModels) private readonly models: BeamModels,
    @Inject(CaseStore) private readonly cases: CaseStore,
    @Inject(Settings) private readonly settings: Settings,
    @Inject(WorkFolders) private readonly folders: Folders,
  ) {}

  /** @throws transient `delivery.unreadable`, operator `delivery.no-calibration`, and what writing a file or the database throws */
  async compare(kase: Case, plan: IonPlan, accepted: AcceptedCase, { signal, log }: StepContext): Promise<void> {
    const known = await this.#comparedBefore(kase);
    const rows: NewDelivery[] = [];
    let read = 0;
    for (const delivery of beamDeliveries(plan, accepted)) {
      const before = delivery.stamp === null ? undefined : known.get(delivery.stamp);
      if (before === undefined) read += 1;
      rows.push(...rowsOf(kase, delivery, before ?? (await this.#outcome(kase, plan, delivery, signal))));
    }
    if (rows.some(({ comparison }) => comparison !== null)) {
      await writeWholeFile(this.folders.deliveryReport(kase), deliveryReport(plan, rows));
    }
    await this.store.replace(kase.id, rows);
    if (rows.length > 0) log.info('deliveries compared', { count: read });
  }

  /** By stamp; only a run that takes over what an earlier one calculated takes over what it compared. */
  async #comparedBefore(kase: Case): Promise<ReadonlyMap<string, Outcome>> {
    if (kase.resultsOf === null) return new Map();
    const runs = await this.cases.runsOf(kase);
    const earlier = runs.find(({ run, state }) => run < kase.run && state === 'completed');
    const deliveries = earlier === undefined ? [] : await this.store.ofCase(earlier.id);
    return new Map(
      deliveries.flatMap(({ stamp, comparison, problem }) =>
        stamp === null || comparison === null ? [] : [[stamp, { stamp, comparison, problem }] as const],
      ),
    );
  }

  async #outcome(kase: Case, plan: IonPlan, delivery: BeamDelivery, signal: AbortSignal): Promise<Outcome> {
    const { beam, stamp } = delivery;
    const none = { comparison: null, stamp: null };
    const problem = reasonAgainst(delivery);
    if (beam === undefined || problem !== null) return { ...none, problem };
    const { calibration } = calibratedMachine(this.settings.machines, plan.beams);
    try {
      const comparison = await this.#comparison(kase, plan, { beam, parts: delivery.parts }, calibration, signal);
      return { comparison, stamp, problem: null };
    } catch (thrown) {
      if (!(thrown instanceof CaseError) || thrown.severity !== 'input') throw thrown;
      return { ...none, problem: thrown.message };
    }
  }

  /** One layer is held in memory at a time, and between two of them everything else gets its turn. */
  async #comparison(
    kase: Case,
    plan: IonPlan,
    { beam, parts }: { readonly beam: IonBeam; readonly parts: readonly AcceptedDelivery[] },
    calibration: MachineCalibration,
    signal: AbortSignal,
  ): Promise<BeamComparison> {
    const { spotToleranceMm: toleranceMm } = this.settings.interpretation.shiLog;
    const countsPer = await this.#countsPerMeterset(plan, beam, calibration);
    const layers: LayerComparison[] = [];
    const dropped = this.folders.dropped(kase);
    for await (const layer of this.reader.layers(dropped, parts, { calibration, toleranceMm }, signal)) {
      const planned = beam.layers[layer.layerNumber - 1];
      if (planned === undefined) continue;
      layers.push(compareLayer(planned, layer.layerNumber, layer.parts, countsPer(planned.energyMeV)));
    }
    const there = new Set(layers.map(({ layerNumber }) => layerNumber));
    const missingLayers = beam.layers.map((_, index) => index + 1).filter((number) => !there.has(number));
    return { layers, missingLayers };
  }

  /** Counts in one unit of the plan's meterset, by energy: a MU of an NP plan is as many protons as the beam model says. */
  async #countsPerMeterset(
    { metersetUnit }: IonPlan,
    { machine }: IonBeam,
    { countsPerMu }: MachineCalibration,
  ): Promise<(energyMeV: number) => number | null> {
    if (countsPerMu === null || metersetUnit === 'MU') return () => countsPerMu;
    const model = await this.models.forMachine(machine);
    return (energyMeV) => {
      const protons = protonsPerMu(model, energyMeV);
      return protons === null ? null : countsPerMu / protons;
    };
  }
}

function beamDeliveries(plan: IonPlan, { deliveries, deliveryStamps }: AcceptedCase): readonly BeamDelivery[] {
  const groups = new Map<string, AcceptedDelivery[]>();
  for (const delivery of deliveries) {
    const key = `${String(delivery.fraction)}/${String(delivery.beamNumber)}`;
    groups.set(key, [...(groups.get(key) ?? []), delivery]);
  }
  return [...groups.values()].map((parts) => {
    const stamps = parts.map(({ folder }) => deliveryStamps[folder]);
    return {
      parts,
      beam: plan.beams.find(({ beamNumber }) => beamNumber === parts[0]?.beamNumber),
      stamp: stamps.includes(undefined) ? null : stamps.join('+'),
    };
  });
}

/** Why a beam's deliveries are not compared with its plan; null where they are. */
function reasonAgainst({ beam, parts }: BeamDelivery): string | null {
  if (beam === undefined) return 'no treatment beam of the plan has this number';
  if (parts.length > 1 && parts.some(({ fractionStatus }) => fractionStatus === 'anomalous')) {
    return `delivered ${String(parts.length)} times in a fraction that is anomalous: which one counts is not known`;
  }
  const last = Math.max(...parts.map(({ stopLayer }) => stopLayer));
  return last <= beam.layers.length ? null : `${String(last)} layers, but the plan has ${String(beam.layers.length)}`;
}

/** The beam's outcome stands with its first delivery. */
const rowsOf = (kase: Case, { parts }: BeamDelivery, outcome: Outcome): readonly NewDelivery[] =>
  parts.map(({ folder, beamNumber, startedAt, startLayer, stopLayer, fraction, fractionStatus }, index) => ({
    caseId: kase.id,
    folder,
    beamNumber,
    startedAt,
    startLayer,
    stopLayer,
    fraction,
    fractionStatus,
    ...(index === 0 ? outcome : { comparison: null, stamp: null, problem: null }),
  }));
