import { expect } from 'chai';
import type { Beam } from '../../../src/domain/beam.js';
import type { Slots } from '../../../src/workflow/slots.js';
import { aBeam } from '../../builders/a-beam.js';
import { aResource } from '../../builders/a-resource.js';
import { someSlots } from '../../builders/some-slots.js';
import { FakeBeamStore } from '../../fakes/fake-beam-store.js';
import { FakeGpuFinder } from '../../fakes/fake-gpu-finder.js';
import { FakeScheduler } from '../../fakes/fake-scheduler.js';
import { FakeTables } from '../../fakes/fake-tables.js';
import { rejection } from '../../rejection.js';
import { until } from '../../until.js';

describe('slots', () => {
  const never = new AbortController().signal;
  const gpus = (count: number): ReturnType<typeof aResource>[] =>
    Array.from({ length: count }, (_, n) =>
      aResource({ id: `local/GPU-${String(n + 1)}`, uuid: `GPU-${String(n + 1)}` }),
    );
  let scheduler: FakeScheduler;
  const slotsOf = (count: number, running: readonly Beam[] = []): Slots => {
    const beams = new FakeBeamStore(new FakeTables({ beams: running }));
    return someSlots({ finder: new FakeGpuFinder(gpus(count)), beams, scheduler }).slots;
  };
  beforeEach(() => {
    scheduler = new FakeScheduler();
  });

  /** Holds a place until told to give it back; notes the order in which places were granted. */
  const holder = (slots: Slots, granted: string[], told = new Set<string>()) => {
    const ends = new Map<string, () => void>();
    const take = (caseId: string, beamNumber: number, priority = 0, createdAt = 1): Promise<void> =>
      slots.use(
        { id: caseId, priority, createdAt },
        aBeam({ caseId, beamNumber }),
        never,
        async ({ id }) => {
          granted.push(`${caseId}/${String(beamNumber)} on ${id}`);
          await new Promise<void>((resolve) => ends.set(`${caseId}/${String(beamNumber)}`, resolve));
        },
        () => told.add(caseId),
      );
    const end = async (name: string): Promise<void> => {
      (await until(`${name} holds a place`, () => ends.get(name)))();
    };
    return { take, end };
  };

  it('go to the highest priority first, then to the oldest case, then by beam number', async () => {
    const slots = slotsOf(1);
    const granted: string[] = [];
    const { take, end } = holder(slots, granted);
    const all = [take('a', 1)];
    await until('a runs', () => granted.length === 1);
    all.push(take('young', 1, 0, 30), take('old', 2, 0, 20), take('old', 1, 0, 20), take('urgent', 1, 5, 40));
    await until('all are in the queue', () => slots.whyWaiting('urgent') !== null);
    expect(slots.whyWaiting('young')).to.equal('beam 1 waits for one of 1 places to calculate on; 3 before it');
    expect(slots.whyWaiting('urgent')).to.contain('next in line');
    expect(slots.whyWaiting('a')).to.equal(null);
    for (const name of ['a/1', 'urgent/1', 'old/1', 'old/2', 'young/1']) await end(name);
    await Promise.all(all);
    expect(granted.map((entry) => entry.split(' ')[0])).to.deep.equal(['a/1', 'urgent/1', 'old/1', 'old/2', 'young/1']);
  });

  it('that are given at the same time have their jobs started one after the other', async () => {
    const slots = slotsOf(2);
    const begun: number[] = [];
    const starts = new Map<number, () => void>();
    const ends: (() => void)[] = [];
    const use = (beamNumber: number): Promise<void> =>
      slots.use({ id: 'a', priority: 0, createdAt: 1 }, aBeam({ beamNumber }), never, async ({ runs }) => {
        begun.push(beamNumber);
        await new Promise<void>((resolve) => starts.set(beamNumber, resolve));
        runs(scheduler.startedEarlier(`/a/${String(beamNumber)}`));
        await new Promise<void>((resolve) => ends.push(resolve));
        scheduler.end(`/a/${String(beamNumber)}`, { how: 'exited', code: 0 });
      });
    const all = [use(1), use(2)];
    await until('one is being started', () => begun.length > 0);
    await until('the other has a place', () => slots.whyWaiting('a') === null);
    await new Promise((resolve) => setImmediate(resolve));
    expect(begun).to.deep.equal([1]);
    starts.get(1)?.();
    await until('the other is being started', () => begun.length === 2);
    starts.get(2)?.();
    await until('both run', () => ends.length === 2);
    for (const end of ends) end();
    await Promise.all(all);
  });

  it('are announced to the beam that is next for one, and to no other that waits', async () => {
    const slots = slotsOf(1);
    const granted: string[] = [];
    const told = new Set<string>();
    const { take, end } = holder(slots, granted, told);
    const all = [take('a', 1)];
    await until('a runs', () => granted.length === 1);
    all.push(take('b', 1, 0, 2), take('c', 1, 0, 3), take('d', 1, 0, 4));
    await until('all are in the queue', () => slots.whyWaiting('d') !== null);
    expect([...told]).to.deep.equal(['b']);
    await end('a/1');
    await until('b runs', () => granted.length === 2);
    expect([...told]).to.deep.equal(['b', 'c']);
    for (const name of ['b/1', 'c/1', 'd/1']) await end(name);
    await Promise.all(all);
  });

  it('are announced with their host when no job is on its way there: its place is idle, and what is brought for it goes first', async () => {
    const slots = slotsOf(1);
    const hosts: (string | null)[] = [];
    const steps: (() => void)[] = [];
    const use = (caseId: string): Promise<void> =>
      slots.use(
        { id: caseId, priority: 0, createdAt: 1 },
        aBeam({ caseId }),
        never,
        async ({ runs }) => {
          await new Promise<void>((resolve) => steps.push(resolve));
          runs(scheduler.startedEarlier(`/${caseId}`));
          await new Promise<void>((resolve) => steps.push(resolve));
          scheduler.end(`/${caseId}`, { how: 'exited', code: 0 });
        },
        (host) => hosts.push(host),
      );
    const all = [use('a')];
    await until('a is being started', () => steps.length === 1);
    all.push(use('b'));
    await until('b waits', () => slots.whyWaiting('b') !== null);
    expect(new Set(hosts)).to.deep.equal(new Set([null]));
    steps[0]?.();
    await until('a runs', () => steps.length === 2);
    expect(hosts.at(-1)).to.equal('local');
    steps[1]?.();
    for (const step of [2, 3]) (await until('b goes on', () => steps[step]))();
    await Promise.all(all);
  });

  it('go to the first beam of a case first also while nothing is known of the times of beams', async () => {
    const slots = slotsOf(1);
    const granted: string[] = [];
    const { take, end } = holder(slots, granted);
    const all = [take('a', 1), take('a', 2), take('a', 3)];
    for (const name of ['a/1', 'a/2', 'a/3']) await end(name);
    await Promise.all(all);
    expect(granted.map((entry) => entry.split(' ')[0])).to.deep.equal(['a/1', 'a/2', 'a/3']);
  });

  it('heed a priority changed while waiting', async () => {
    const slots = slotsOf(1);
    const granted: string[] = [];
    const { take, end } = holder(slots, granted);
    const all = [take('a', 1)];
    await until('a runs', () => granted.length === 1);
    all.push(take('b', 1, 0, 2), take('c', 1, 0, 3));
    await until('both wait', () => slots.whyWaiting('c') !== null);
    slots.prioritise('c', 9);
    for (const name of ['a/1', 'c/1', 'b/1']) await end(name);
    await Promise.all(all);
    expect(granted[1]).to.contain('c/1');
  });

  it('heed a priority changed before the beam has come to the queue, until the step has ended', async () => {
    const slots = slotsOf(1);
    const granted: string[] = [];
    const { take, end } = holder(slots, granted);
    const all = [take('a', 1)];
    await until('a runs', () => granted.length === 1);
    all.push(take('b', 1, 0, 2));
    slots.prioritise('c', 9);
    all.push(take('c', 1, 0, 3));
    await until('both wait', () => slots.whyWaiting('c') !== null);
    slots.forget('c');
    for (const name of ['a/1', 'c/1', 'b/1']) await end(name);
    await Promise.all(all);
    expect(granted[1]).to.contain('c/1');
  });

  it('are given back when the work fails, and left by one who stops waiting', async () => {
    const slots = slotsOf(1);
    const kase = { id: 'a', priority: 0, createdAt: 1 };
    const failed = rejection(slots.use(kase, aBeam(), never, () => Promise.reject(new Error('work failed'))));
    expect(await failed).to.have.property('message', 'work failed');
    const granted: string[] = [];
    const { take, end } = holder(slots, granted);
    const first = take('a', 1);
    await until('a runs', () => granted.length === 1);
    const stop = new AbortController();
    const waiting = rejection(
      slots.use({ ...kase, id: 'b' }, aBeam({ caseId: 'b' }), stop.signal, () => Promise.resolve()),
    );
    await until('b waits', () => slots.whyWaiting('b') !== null);
    stop.abort(new Error('stopped'));
    expect(await waiting).to.have.property('message', 'stopped');
    const last = take('c', 1);
    await end('a/1');
    await end('c/1');
    await Promise.all([first, last]);
  });

  it('outcome-ownership: a job that still runs after a restart keeps its place until its step takes it over', async () => {
    const folder = '/jobs/1';
    const job = scheduler.startedEarlier(folder);
    const running = aBeam({ caseId: 'r', state: 'submitted', job, resourceId: 'local/GPU-1', attempt: 1 });
    const slots = slotsOf(1, [running]);
    const granted: string[] = [];
    const { take, end } = holder(slots, granted);
    const newcomer = take('a', 1);
    await until('the newcomer waits', () => slots.whyWaiting('a') !== null);
    let finish: (() => void) | null = null;
    const adopted = slots.adopt(running, () => new Promise<void>((resolve) => (finish = resolve)));
    scheduler.end(folder, { how: 'exited', code: 0 });
    await Promise.resolve();
    expect(granted).to.deep.equal([]);
    (await until('the step has it', () => finish))();
    await adopted;
    await end('a/1');
    await newcomer;
  });

  it('free the place of a job without a step when the job ends', async () => {
    const job = scheduler.startedEarlier('/jobs/1');
    const slots = slotsOf(1, [aBeam({ caseId: 'held', state: 'submitted', job, resourceId: 'local/GPU-1' })]);
    const granted: string[] = [];
    const { take, end } = holder(slots, granted);
    const newcomer = take('a', 1);
    await until('it waits', () => slots.whyWaiting('a') !== null);
    scheduler.end('/jobs/1', { how: 'exited', code: 0 });
    await end('a/1');
    await newcomer;
  });

  it('keep the place of a job that a step let go of, until that job has ended', async () => {
    const slots = slotsOf(1);
    const job = scheduler.startedEarlier('/jobs/1');
    const kase = { id: 'a', priority: 0, createdAt: 1 };
    const letGo = slots.use(kase, aBeam({ caseId: 'a' }), never, (held) => {
      held.runs(job);
      return Promise.reject(new Error('the case was cancelled'));
    });
    await rejection(letGo);
    const granted: string[] = [];
    const { take, end } = holder(slots, granted);
    const next = take('b', 1);
    await until('it waits', () => slots.whyWaiting('b') !== null);
    expect(granted).to.deep.equal([]);
    await scheduler.kill(job);
    await end('b/1');
    await next;
    slots.close();
  });

  it('are looked for again when finding them failed', async () => {
    const finder = new FakeGpuFinder([]);
    const { slots } = someSlots({ finder, scheduler });
    const use = (): Promise<string> =>
      slots.use({ id: 'a', priority: 0, createdAt: 1 }, aBeam(), never, ({ id }) => Promise.resolve(id));
    expect(await rejection(use())).to.include({ code: 'gpu.too-few', severity: 'operator' });
    finder.resources = gpus(1);
    expect(await use()).to.equal('local/GPU-1');
  });
});
