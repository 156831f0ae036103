import { expect } from 'chai';
import type { JobHandle } from '../../../src/domain/beam.js';
import { transient } from '../../../src/domain/errors.js';
import { aBeam } from '../../builders/a-beam.js';
import { rejection } from '../../rejection.js';
import { until } from '../../until.js';
import { gpuMachines, type GpuMachine } from './gpu-machine.js';

const STRANGER = [{ pid: 4711, memoryMiB: 900 }];

describe('a GPU is given', () => {
  const machines = gpuMachines();
  const { started } = machines;
  let machine: GpuMachine;
  const on = (...asked: Parameters<typeof machines.on>): GpuMachine => (machine = machines.on(...asked));

  it('only when no other program computes on it; until then the case waits and says for which', async () => {
    const { finder, slots, clock } = on(1);
    finder.change('local/GPU-1', { processes: STRANGER });
    const done = machine.beam('a');
    await until('it waits', () => slots.whyWaiting('a'));
    await clock.advance(10_000);
    expect(machine.started).to.deep.equal([]);
    expect(slots.whyWaiting('a')).to.contain('GPU-1 (in use by another program, pid 4711)');
    expect(machine.gpu('GPU-1')).to.include({ occupied: 'in use by another program, pid 4711', lease: null });
    finder.change('local/GPU-1', { processes: [] });
    await clock.advance(1_100);
    await started('a on GPU-1');
    machine.end('a');
    await done;
  });

  it('only with enough free memory', async () => {
    const { finder, slots, clock } = on(1, { minFreeGpuMiB: 8_000 });
    finder.change('local/GPU-1', { memoryUsedMiB: 20_000 });
    const done = machine.beam('a');
    await until('it waits', () => slots.whyWaiting('a'));
    await clock.advance(2_000);
    expect(slots.whyWaiting('a')).to.contain('only 4564 MiB of memory are free, 8000 are wanted');
    finder.change('local/GPU-1', { memoryUsedMiB: 400 });
    await clock.advance(1_100);
    await started('a on GPU-1');
    machine.end('a');
    await done;
  });

  for (const [what, change] of [
    ['who computes on it', { processes: null }],
    ['its memory', { memoryUsedMiB: null }],
  ] as const) {
    it(`never while ${what} is not known`, async () => {
      const { finder, slots, clock } = on(1);
      finder.change('local/GPU-1', change);
      void machine.beam('a');
      await until('it waits', () => slots.whyWaiting('a'));
      await clock.advance(60_000);
      expect(machine.started).to.deep.equal([]);
      expect(slots.whyWaiting('a')).to.contain('not known');
    });
  }

  it('never while nvidia-smi fails, and again as soon as it answers; running jobs are left alone', async () => {
    const { finder, slots, clock, log } = on(2);
    const running = machine.beam('a');
    await started('a on GPU-1');
    finder.failure = transient('gpu.unreadable', 'nvidia-smi did not answer within 10 s');
    await clock.advance(6_000);
    const waiting = machine.beam('b');
    await until('b waits', () => slots.whyWaiting('b'));
    await clock.advance(30_000);
    expect(machine.started).to.deep.equal(['a on GPU-1']);
    expect(slots.whyWaiting('b')).to.contain('its state is not known: nvidia-smi did not answer within 10 s');
    expect(machine.scheduler.killed).to.deep.equal([]);
    expect(log.lines.filter(({ level }) => level === 'error')).to.have.length(1);
    finder.failure = null;
    await clock.advance(1_100);
    await started('a on GPU-1', 'b on GPU-2');
    machine.end('a');
    machine.end('b');
    await clock.advance(500);
    await Promise.all([running, waiting]);
  });

  it('not while nobody can see whether the job before has left it, which is said of it and not that it calculates', async () => {
    const { finder, clock, resources } = on(1);
    const running = machine.beam('a');
    await started('a on GPU-1');
    finder.failure = transient('gpu.unreadable', 'nvidia-smi did not answer within 10 s');
    await clock.advance(6_000);
    const occupied = async (): Promise<string | null | undefined> => (await resources.all())[0]?.occupied;
    expect(await occupied(), 'its job runs').to.equal(null);
    machine.end('a');
    await running;
    await clock.advance(6_000);
    expect(await occupied()).to.contain('its state is not known: nvidia-smi did not answer');
    finder.failure = null;
    await clock.advance(1_100);
    expect(await occupied()).to.equal(null);
  });

  it('with a lease in the database that names the service, the beam and its attempt', async () => {
    const { clock } = on(2);
    const done = machine.beam('a', 3);
    await started('a on GPU-1');
    expect(machine.gpu('GPU-1')?.lease).to.deep.equal({
      owner: machine.identity.owner,
      beamId: 'a/3',
      attempt: 1,
      since: clock.now(),
    });
    machine.end('a', 3);
    await done;
    await until('the lease has ended', () => machine.leases().every((lease) => lease === null));
  });

  it('on to the next only when the processes and the memory of its job are gone, and what is left of the job is killed', async () => {
    const { finder, clock, scheduler } = on(1);
    const first = machine.beam('a');
    const second = machine.beam('b');
    await started('a on GPU-1');
    const leftOver = [{ pid: 99, memoryMiB: 7_000 }];
    finder.change('local/GPU-1', { processes: leftOver, memoryUsedMiB: 7_400 });
    let kills = 0;
    const kill = scheduler.kill.bind(scheduler);
    scheduler.kill = (job: JobHandle) => {
      kills += job.folder === '/a/1' ? 1 : 1_000;
      return kill(job);
    };
    machine.end('a');
    await first;
    await clock.advance(1_000);
    expect(machine.leases()).to.deep.equal(['a/1']);
    expect(kills).to.be.within(1, 999);
    finder.change('local/GPU-1', { processes: [], memoryUsedMiB: 7_400 });
    await clock.advance(1_000);
    expect(machine.started).to.deep.equal(['a on GPU-1']);
    finder.change('local/GPU-1', { memoryUsedMiB: 330 });
    await clock.advance(300);
    await started('a on GPU-1', 'b on GPU-1');
    expect(machine.leases()).to.deep.equal(['b/1']);
    machine.end('b');
    await second;
  });

  it('on to the next while the results of its far job are still brought, and not once more when they are there', async () => {
    const { scheduler, slots, clock } = on(1);
    let isBrought: () => void = () => undefined;
    scheduler.brings = new Promise((resolve) => {
      isBrought = resolve;
    });
    let isDone = false;
    const first = machine.beam('a').then(() => (isDone = true));
    await started('a on GPU-1');
    const second = machine.beam('b');
    await until('b waits', () => slots.whyWaiting('b'));
    machine.end('a');
    await started('a on GPU-1', 'b on GPU-1');
    expect(isDone).to.equal(false);
    isBrought();
    await first;
    const third = machine.beam('c');
    await until('c waits', () => slots.whyWaiting('c'));
    await clock.advance(10_000);
    expect(machine.started).to.have.length(2);
    expect(machine.leases()).to.deep.equal([aBeam({ caseId: 'b' }).id]);
    machine.end('b');
    await second;
    await started('a on GPU-1', 'b on GPU-1', 'c on GPU-1');
    machine.end('c');
    await third;
  });

  it('back in bookkeeping when the job is surely gone but another program has come, which then is waited for', async () => {
    const { finder, clock, slots } = on(1);
    const first = machine.beam('a');
    await started('a on GPU-1');
    finder.change('local/GPU-1', { processes: STRANGER });
    machine.end('a');
    await first;
    await clock.advance(12_000);
    expect(machine.leases()).to.deep.equal([null]);
    void machine.beam('b');
    await until('b waits', () => slots.whyWaiting('b'));
    await clock.advance(2_000);
    expect(slots.whyWaiting('b')).to.contain('in use by another program, pid 4711');
    expect(machine.started).to.deep.equal(['a on GPU-1']);
  });

  it('never where the configuration leaves it to others, by UUID or by number', async () => {
    const { clock, slots } = on(3, { gpus: { allow: ['1', 'GPU-3'], deny: ['GPU-3'] } });
    const done = machine.beam('a');
    await started('a on GPU-2');
    void machine.beam('b');
    await until('b waits', () => slots.whyWaiting('b'));
    await clock.advance(3_000);
    expect(machine.started).to.deep.equal(['a on GPU-2']);
    expect(machine.gpu('GPU-3')?.outOfService).to.equal('left to others by execution.gpus');
    machine.end('a');
    await done;
    await until('b runs', () => machine.started.length === 2);
    machine.end('b');
  });

  it('alone, with others, or with all of the host, as the configuration says', async () => {
    on(4, { gpusPerBeam: 2 });
    const pairs = [machine.beam('a'), machine.beam('b')];
    await started('a on GPU-1+GPU-2', 'b on GPU-3+GPU-4');
    machine.end('a');
    machine.end('b');
    await Promise.all(pairs);
    machine.stop();
    const { finder, clock } = on(3, { gpusPerBeam: 'all' });
    finder.change('local/GPU-2', { fault: 'it needs a reset' });
    const all = machine.beam('c');
    await started('c on GPU-1+GPU-3');
    void machine.beam('d');
    await clock.advance(3_000);
    expect(machine.started).to.have.length(1);
    machine.end('c');
    await all;
  });

  it('to so many jobs at a time as the configuration says', async () => {
    const { clock, slots } = on(2, { slots: 1 });
    const first = machine.beam('a');
    await started('a on GPU-1');
    const second = machine.beam('b');
    await until('b waits', () => slots.whyWaiting('b'));
    await clock.advance(3_000);
    expect(machine.started).to.have.length(1);
    machine.end('a');
    await first;
    await started('a on GPU-1', 'b on GPU-2');
    machine.end('b');
    await second;
  });

  it('to a job that survived a restart by its lease, all of its GPUs; leases of a dead service otherwise end', async () => {
    const { tables, scheduler, slots, resources } = on(4, { gpusPerBeam: 2 });
    const job = scheduler.startedEarlier('/a/1');
    const row = aBeam({ caseId: 'a', state: 'submitted', job, resourceId: 'local/GPU-2', attempt: 1 });
    tables.beams.set(row.id, row);
    await resources.sync(
      'local',
      machine.finder.resources.map((gpu) => ({ ...gpu, outOfService: null, occupied: null })),
    );
    await resources.lease(['local/GPU-2', 'local/GPU-3'], { owner: 'dead', beamId: row.id, attempt: 1, since: 1 });
    await resources.lease(['local/GPU-4'], { owner: 'dead', beamId: 'gone/1', attempt: 2, since: 1 });
    await slots.open();
    expect(machine.leases()).to.deep.equal([null, row.id, row.id, null]);
    expect(machine.gpu('GPU-3')?.lease).to.include({ owner: machine.identity.owner, attempt: 1 });
    const next = machine.beam('b');
    await started('b on GPU-1+GPU-4');
    machine.end('b');
    await next;
  });

  it('after a restart to the beam that runs there, where the results of the one before were still being brought', async () => {
    const { tables, scheduler, slots, resources, clock } = on(1);
    for (const caseId of ['runs', 'was-brought']) {
      const job = scheduler.startedEarlier(`/${caseId}/1`);
      const row = aBeam({ caseId, state: 'submitted', job, resourceId: 'local/GPU-1', attempt: 1 });
      tables.beams.set(row.id, row);
    }
    const { id } = aBeam({ caseId: 'runs' });
    machine.end('was-brought');
    await resources.sync(
      'local',
      machine.finder.resources.map((gpu) => ({ ...gpu, outOfService: null, occupied: null })),
    );
    await resources.lease(['local/GPU-1'], { owner: 'dead', beamId: id, attempt: 1, since: 1 });
    await slots.open();
    const next = machine.beam('next');
    await until('it waits', () => slots.whyWaiting('next'));
    await clock.advance(20_000);
    expect(machine.started).to.deep.equal([]);
    expect(machine.leases()).to.deep.equal([id]);
    machine.end('runs');
    await started('next on GPU-1');
    machine.end('next');
    await next;
  });

  it('not without its lease: a database that refuses makes the beam try again', async () => {
    const { resources } = on(1);
    const lease = resources.lease.bind(resources);
    resources.lease = () => Promise.reject(transient('database.busy', 'locked'));
    expect(await rejection(machine.beam('a'))).to.include({ code: 'database.busy' });
    resources.lease = () => Promise.resolve(false);
    expect(await rejection(machine.beam('a'))).to.include({ code: 'gpu.busy', severity: 'transient' });
    expect(machine.started).to.deep.equal([]);
    resources.lease = lease;
    const done = machine.beam('a');
    await started('a on GPU-1');
    machine.end('a');
    await done;
  });
});
