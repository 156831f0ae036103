import type { Beam } from '../../../src/domain/beam.js';
import { Folders } from '../../../src/domain/folders.js';
import { SettingsSchema } from '../../../src/config/settings.js';
import { BeamSimulation } from '../../../src/workflow/steps/beam-simulation.js';
import { WorkAhead } from '../../../src/workflow/steps/work-ahead.js';
import { SimulateStep } from '../../../src/workflow/steps/simulate.js';
import type { GpuWatch } from '../../../src/workflow/gpu-watch.js';
import type { Slots } from '../../../src/workflow/slots.js';
import type { MadeDose } from '../../../src/ports/dose-maker.js';
import type { StepOutcome } from '../../../src/ports/step.js';
import { aCase } from '../../builders/a-case.js';
import { aBeam } from '../../builders/a-beam.js';
import { FakeBeamStore } from '../../fakes/fake-beam-store.js';
import { FakeCaseStore } from '../../fakes/fake-case-store.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { FakeDoseMaker } from '../../fakes/fake-dose-maker.js';
import { FakeEngine } from '../../fakes/fake-engine.js';
import { FakeGpuFinder } from '../../fakes/fake-gpu-finder.js';
import { FakeLogger } from '../../fakes/fake-logger.js';
import { FakeResourceStore } from '../../fakes/fake-resource-store.js';
import { FakeScheduler } from '../../fakes/fake-scheduler.js';
import { FakeTables } from '../../fakes/fake-tables.js';
import { aResource } from '../../builders/a-resource.js';
import { someSlots } from '../../builders/some-slots.js';

class PausingDoseMaker extends FakeDoseMaker {
  /** Awaited before a beam's dose is made. */
  beforeBeam: (beamNumber: number) => Promise<void> = () => Promise.resolve();

  override async beamDose(...given: Parameters<FakeDoseMaker['beamDose']>): Promise<MadeDose> {
    await this.beforeBeam(given[2]);
    return super.beamDose(...given);
  }
}

/** A simulate step on fakes: one case of beams 1, 2, ... on a machine of `gpus` GPUs. A new one is a restarted service. */
export class SimulationBench {
  readonly kase = aCase({ id: 'c1', state: 'interpreted', leaseOwner: 'service-1' });
  readonly engine = new FakeEngine();
  readonly folders = new Folders('/root', '/root/inbox');
  readonly doses = new PausingDoseMaker(this.folders);
  readonly clock: FakeClock;
  readonly log = new FakeLogger();
  readonly tables: FakeTables;
  readonly beams: FakeBeamStore;
  readonly cases: FakeCaseStore;
  readonly scheduler: FakeScheduler;
  readonly finder: FakeGpuFinder;
  readonly resources: FakeResourceStore;
  readonly watch: GpuWatch;
  readonly slots: Slots;
  readonly step: SimulateStep;
  readonly stop = new AbortController();
  held = false;

  constructor(
    beams: readonly Beam[],
    { gpus = 1, before }: { readonly gpus?: number; readonly before?: SimulationBench } = {},
  ) {
    this.clock = before?.clock ?? new FakeClock();
    this.tables = before?.tables ?? new FakeTables({ cases: [this.kase], beams });
    this.beams = new FakeBeamStore(this.tables);
    this.cases = new FakeCaseStore(this.tables);
    this.scheduler = before?.scheduler ?? new FakeScheduler();
    const settings = SettingsSchema.parse({});
    const resources = Array.from({ length: gpus }, (_, n) =>
      aResource({ id: `local/GPU-${String(n + 1)}`, uuid: `GPU-${String(n + 1)}` }),
    );
    this.finder = new FakeGpuFinder(resources);
    const { finder, log } = this;
    this.resources = new FakeResourceStore(this.tables);
    const ports = {
      finder,
      beams: this.beams,
      scheduler: this.scheduler,
      resources: this.resources,
      clock: this.clock,
      log,
    };
    const { slots: made, watch } = someSlots({ ...ports, settings });
    this.slots = made;
    this.watch = watch;
    const { engine, scheduler, doses, folders, clock, slots, cases } = this;
    const ahead = new WorkAhead(engine, scheduler, folders, clock);
    const stores = [this.beams, cases] as const;
    const simulation = new BeamSimulation(...stores, engine, scheduler, doses, folders, clock, settings, slots, ahead);
    this.step = new SimulateStep(this.beams, cases, settings, clock, simulation);
  }

  run(): Promise<StepOutcome> {
    const { signal } = this.stop;
    return this.step.run(this.kase, { signal, log: this.log, held: () => this.held });
  }

  beam(beamNumber: number): Beam {
    const beam = this.beams.rows.find((row) => row.beamNumber === beamNumber);
    if (beam === undefined) throw new Error(`no beam ${String(beamNumber)}`);
    return beam;
  }

  folder(beamNumber: number, attempt = 1): string {
    return `/root/work/c1/1/beam-${String(beamNumber).padStart(3, '0')}/attempt-${String(attempt)}`;
  }
}

export const someBeams = (...numbers: readonly number[]): Beam[] =>
  numbers.map((beamNumber) => aBeam({ caseId: 'c1', beamNumber }));
