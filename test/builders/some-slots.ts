import { SettingsSchema } from '../../src/config/settings.js';
import type { BeamStore } from '../../src/ports/beam-store.js';
import type { Clock } from '../../src/ports/clock.js';
import type { GpuFinder } from '../../src/ports/gpu-finder.js';
import type { Logger } from '../../src/ports/logger.js';
import type { ResourceStore } from '../../src/ports/resource-store.js';
import type { Scheduler } from '../../src/ports/scheduler.js';
import type { Settings } from '../../src/ports/settings.js';
import { Estimates } from '../../src/workflow/estimates.js';
import { GpuWatch } from '../../src/workflow/gpu-watch.js';
import { ServiceIdentity } from '../../src/workflow/service-identity.js';
import { Slots } from '../../src/workflow/slots.js';
import { FakeBeamStore } from '../fakes/fake-beam-store.js';
import { FakeClock } from '../fakes/fake-clock.js';
import { FakeGpuFinder } from '../fakes/fake-gpu-finder.js';
import { FakeLogger } from '../fakes/fake-logger.js';
import { FakeResourceStore } from '../fakes/fake-resource-store.js';
import { FakeScheduler } from '../fakes/fake-scheduler.js';

interface SlotPorts {
  readonly finder: GpuFinder;
  readonly resources: ResourceStore;
  readonly beams: BeamStore;
  readonly scheduler: Scheduler;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly log: Logger;
  readonly identity: ServiceIdentity;
}

/** The slots and the watch over GPUs that they rest on, on fakes where nothing else is given. */
export function someSlots(given: Partial<SlotPorts> = {}): { readonly slots: Slots; readonly watch: GpuWatch } {
  const finder = given.finder ?? new FakeGpuFinder();
  const resources = given.resources ?? new FakeResourceStore();
  const beams = given.beams ?? new FakeBeamStore();
  const scheduler = given.scheduler ?? new FakeScheduler();
  const clock = given.clock ?? new FakeClock();
  const settings = given.settings ?? SettingsSchema.parse({});
  const log = given.log ?? new FakeLogger();
  const identity = given.identity ?? new ServiceIdentity();
  const watch = new GpuWatch(finder, resources, clock, settings, log);
  const estimates = new Estimates(beams, clock, log);
  const slots = new Slots(watch, estimates, identity, resources, beams, scheduler, clock, settings, log);
  return { slots, watch };
}
