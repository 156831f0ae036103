import { expect } from 'chai';
import { SettingsSchema } from '../../../src/config/settings.js';
import type { Resource } from '../../../src/domain/resource.js';
import type { GpuWatch } from '../../../src/workflow/gpu-watch.js';
import { ServiceIdentity } from '../../../src/workflow/service-identity.js';
import type { Slots } from '../../../src/workflow/slots.js';
import { aBeam } from '../../builders/a-beam.js';
import { aResource } from '../../builders/a-resource.js';
import { someSlots } from '../../builders/some-slots.js';
import { FakeBeamStore } from '../../fakes/fake-beam-store.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { FakeGpuFinder } from '../../fakes/fake-gpu-finder.js';
import { FakeLogger } from '../../fakes/fake-logger.js';
import { FakeResourceStore } from '../../fakes/fake-resource-store.js';
import { FakeScheduler } from '../../fakes/fake-scheduler.js';
import { FakeTables } from '../../fakes/fake-tables.js';
import { until } from '../../until.js';

const never = new AbortController().signal;

const gpusOf = (host: string, name: string, count: number): readonly Resource[] =>
  Array.from({ length: count }, (_, n) => {
    const uuid = `${name}-${String(n + 1)}`;
    return aResource({ id: `${host}/${uuid}`, host, uuid, index: n });
  });

/** Slots over GPU-1, GPU-2 ... with a watch that runs; time passes only by `pass`. */
export class GpuMachine {
  readonly clock = new FakeClock();
  readonly tables = new FakeTables();
  readonly finder: FakeGpuFinder;
  readonly scheduler = new FakeScheduler();
  readonly beams = new FakeBeamStore(this.tables);
  readonly resources = new FakeResourceStore(this.tables);
  readonly log = new FakeLogger();
  readonly identity = new ServiceIdentity();
  readonly slots: Slots;
  readonly watch: GpuWatch;
  readonly started: string[] = [];
  readonly #stop = new AbortController();

  /** @param far GPUs of a second machine, FAR-1, FAR-2 ... */
  constructor(gpus: number, execution: Readonly<Record<string, unknown>> = {}, far = 0) {
    const places = [...gpusOf('local', 'GPU', gpus), ...gpusOf('far', 'FAR', far)];
    this.finder = new FakeGpuFinder(places);
    const { finder, scheduler, beams, resources, clock, log, identity } = this;
    const settings = SettingsSchema.parse({ execution });
    const { slots, watch } = someSlots({ finder, scheduler, beams, resources, clock, log, identity, settings });
    this.slots = slots;
    this.watch = watch;
  }

  run(): void {
    void this.watch.run(this.#stop.signal);
  }

  stop(): void {
    this.#stop.abort();
    this.slots.close();
  }

  /** Wants a place for a beam; its job ends when the scheduler's job of that name does. */
  async beam(caseId: string, beamNumber = 1): Promise<string> {
    const beam = aBeam({ caseId, beamNumber });
    return this.slots.use({ id: caseId, priority: 0, createdAt: 1 }, beam, never, async (held) => {
      await held.leased;
      const job = this.scheduler.startedEarlier(`/${caseId}/${String(beamNumber)}`);
      held.runs(job);
      this.started.push(`${caseId} on ${held.gpuUuids.join('+')}`);
      const observer = { onLine: () => undefined, onOver: held.over };
      await this.scheduler.wait(job, { timeoutMs: 1, stallMs: 1 }, observer, held.lost);
      return held.id;
    });
  }

  end(caseId: string, beamNumber = 1): void {
    this.scheduler.end(`/${caseId}/${String(beamNumber)}`, { how: 'exited', code: 0 });
  }

  leases(): readonly (string | null)[] {
    return [...this.tables.resources.values()].map(({ lease }) => lease?.beamId ?? null);
  }

  gpu(uuid: string): Resource | undefined {
    return this.tables.resources.get(`local/${uuid}`);
  }
}

/** A machine for each test of the surrounding suite that asks for one by `on`, stopped after it. Call inside `describe`. */
export function gpuMachines(): {
  readonly on: (gpus: number, execution?: Readonly<Record<string, unknown>>) => GpuMachine;
  /** These and no others were started on the one asked for last, in this order: `a on GPU-1`. */
  readonly started: (...expected: readonly string[]) => Promise<void>;
} {
  let machine: GpuMachine;
  afterEach(() => {
    machine.stop();
  });
  return {
    on: (gpus, execution = {}) => {
      machine = new GpuMachine(gpus, execution);
      machine.run();
      return machine;
    },
    started: async (...expected) => {
      await until(`started: ${expected.join()}`, () => machine.started.length >= expected.length);
      expect(machine.started).to.deep.equal(expected);
    },
  };
}
