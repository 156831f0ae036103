import { expect } from 'chai';
import { SettingsSchema } from '../../../src/config/settings.js';
import { unseenPlace } from '../../../src/domain/away.js';
import type { SeenResource } from '../../../src/domain/resource.js';
import type { GpuWatch } from '../../../src/workflow/gpu-watch.js';
import { outlookOf } from '../../../src/workflow/outlook.js';
import { caseDetailView, caseView } from '../../../src/workflow/case-view.js';
import type { Slots } from '../../../src/workflow/slots.js';
import { aBeam } from '../../builders/a-beam.js';
import { aCase } from '../../builders/a-case.js';
import { aJob } from '../../builders/a-job.js';
import { aResource } from '../../builders/a-resource.js';
import { someSlots } from '../../builders/some-slots.js';
import { FakeBeamStore } from '../../fakes/fake-beam-store.js';
import { FakeCaseQueries } from '../../fakes/fake-case-queries.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { FakeGpuFinder } from '../../fakes/fake-gpu-finder.js';
import { FakeResourceStore } from '../../fakes/fake-resource-store.js';
import { FakeScheduler } from '../../fakes/fake-scheduler.js';
import { FakeTables } from '../../fakes/fake-tables.js';
import { until } from '../../until.js';

const AWAY = 'host far cannot be reached since 2026-01-05T08:00Z';

describe('while a host is away', () => {
  const never = new AbortController().signal;
  const cpu = (host: string, n: number): SeenResource => {
    const id = `${host}/cpu-${String(n)}`;
    return aResource({ id, host, kind: 'cpu', uuid: null, index: null, processes: null });
  };
  const farGpu = aResource({ id: 'far/GPU-9', host: 'far', uuid: 'GPU-9' });
  let tables: FakeTables;
  let finder: FakeGpuFinder;
  let clock: FakeClock;
  let scheduler: FakeScheduler;
  let slots: Slots;
  let watch: GpuWatch;
  const stop = (): void => {
    slots.close();
  };
  const start = (places: readonly SeenResource[], execution: object = {}): void => {
    clock = new FakeClock();
    scheduler = new FakeScheduler();
    finder = new FakeGpuFinder(places);
    const settings = SettingsSchema.parse({ execution });
    const beams = new FakeBeamStore(tables);
    const resources = new FakeResourceStore(tables);
    ({ slots, watch } = someSlots({ finder, scheduler, beams, resources, clock, settings }));
  };
  const goAway = (): void => {
    for (const { id } of finder.resources.filter(({ host }) => host === 'far')) {
      finder.change(id, { away: AWAY, processes: null });
    }
  };
  /** Takes a place and keeps it. */
  const take = (granted: string[], beamNumber: number, caseId = 'c1'): void => {
    const beam = aBeam({ caseId, beamNumber });
    void slots.use({ id: caseId, priority: 0, createdAt: 1 }, beam, never, ({ id, runs }) => {
      granted.push(id);
      runs(scheduler.startedEarlier(`/${caseId}/${String(beamNumber)}`));
      return new Promise(() => undefined);
    });
  };
  beforeEach(() => {
    tables = new FakeTables();
  });
  afterEach(() => {
    stop();
  });

  it('its places are given to nobody, and beams go to the others', async () => {
    start([cpu('far', 0), cpu('local', 0)]);
    goAway();
    const granted: string[] = [];
    take(granted, 1);
    take(granted, 2);
    await until('one has a place', () => granted.length > 0 && slots.whyWaiting('c1') !== null);
    expect(granted).to.deep.equal(['local/cpu-0']);
    expect(slots.whyWaiting('c1')).to.contain(`not to be had: far/cpu-0 (${AWAY})`);
    finder.resources = [cpu('far', 0), cpu('local', 0)];
    await watch.look(watch.begun);
    await until('it is back', () => granted.length === 2);
    expect(granted[1]).to.equal('far/cpu-0');
  });

  it('its jobs do not count against the most that run at a time', async () => {
    start([cpu('far', 0), cpu('local', 0), cpu('local', 1)], { slots: 2 });
    const granted: string[] = [];
    take(granted, 1);
    take(granted, 2);
    await until('both run', () => granted.length === 2);
    expect([...granted].sort()).to.deep.equal(['far/cpu-0', 'local/cpu-0']);
    take(granted, 3);
    await until('the third waits', () => slots.whyWaiting('c1') !== null);
    goAway();
    await watch.look(watch.begun);
    await until('it goes on', () => granted.length === 3);
    expect(granted[2]).to.equal('local/cpu-1');
  });

  it('beams of one case are spread over the hosts when it is there', async () => {
    start([cpu('local', 0), cpu('local', 1), cpu('far', 0), cpu('far', 1)]);
    const granted: string[] = [];
    for (const number of [1, 2, 3, 4]) take(granted, number);
    await until('all run', () => granted.length === 4);
    expect(granted.map((id) => id.split('/')[0])).to.deep.equal(['local', 'far', 'local', 'far']);
  });

  it('its GPU is not out of service: the job there is not taken away', async () => {
    start([farGpu]);
    const granted: string[] = [];
    let lost: AbortSignal | null = null;
    void slots.use({ id: 'c1', priority: 0, createdAt: 1 }, aBeam({ caseId: 'c1' }), never, (held) => {
      granted.push(held.id);
      lost = held.lost;
      return new Promise(() => undefined);
    });
    await until('it runs', () => granted.length === 1);
    goAway();
    for (let look = 0; look < 5; look++) await watch.look(watch.begun);
    expect(lost).to.have.property('aborted', false);
    await watch.written();
    expect(tables.resources.get('far/GPU-9')).to.include({ occupied: AWAY, outOfService: null });
  });

  it('a service that starts meanwhile keeps the place that a job there has, and takes none here for it', async () => {
    const job = aJob({ host: 'far', folder: '/far/root/a' });
    const running = aBeam({ caseId: 'c1', state: 'submitted', job, resourceId: 'far/GPU-9', host: 'far' });
    tables = new FakeTables({ beams: [running] });
    tables.resources.set('far/GPU-9', farGpu);
    const here = aResource();
    start([here, unseenPlace('far', AWAY, 0)]);
    scheduler.wait = () => new Promise(() => undefined);
    await slots.open();
    const granted: string[] = [];
    take(granted, 2);
    await until('the other beam runs here', () => granted.length === 1);
    expect(granted).to.deep.equal(['local/GPU-1']);
    expect([...tables.resources.keys()].sort()).to.deep.equal(['far/GPU-9', 'local/GPU-1']);
    finder.resources = [here, farGpu];
    await watch.look(watch.begun);
    take(granted, 3);
    await until('there is no place for a third', () => slots.whyWaiting('c1') !== null);
    expect(granted).to.have.length(1);
  });

  it('a host that was never seen is shown as a place that says why', async () => {
    start([cpu('local', 0), unseenPlace('far', AWAY, 0)]);
    await watch.look(watch.begun);
    await watch.written();
    expect(tables.resources.get('far/unseen')).to.include({ occupied: AWAY, name: 'not seen yet' });
  });

  it('the case whose beams it calculates says so, and what it waits for once nothing else goes on', async () => {
    const kase = aCase({ id: 'c1', state: 'interpreted', beamCount: 2 });
    const on = (beamNumber: number, host: string): ReturnType<typeof aBeam> =>
      aBeam({ caseId: 'c1', beamNumber, state: 'submitted', resourceId: `${host}/GPU-9`, host });
    tables = new FakeTables({ cases: [kase], beams: [on(1, 'far'), on(2, 'local')] });
    const resource = aResource({ id: 'far/GPU-9', host: 'far', occupied: AWAY });
    tables.resources.set('far/GPU-9', resource);
    tables.resources.set('local/GPU-9', aResource({ id: 'local/GPU-9' }));
    const queries = new FakeCaseQueries(tables);
    const shown = async (): Promise<ReturnType<typeof caseDetailView>> =>
      caseDetailView((await queries.record('c1'))!, 0, await outlookOf(queries, 0));
    expect(await shown()).to.include({ waitingFor: null });
    expect((await shown()).status).to.equal(`queued for dose calculation (0 of 2 beams done); ${AWAY}`);
    const row = (await queries.list({}))[0]!;
    expect(caseView(row, 0, await outlookOf(queries, 0)).status).to.contain(AWAY);
    tables.beams.set('c1/2', { ...on(2, 'local'), state: 'converted' });
    expect(await shown()).to.include({ waitingFor: AWAY });
    start([]);
  });
});
