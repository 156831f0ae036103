import { expect } from 'chai';
import { aResource } from '../../builders/a-resource.js';
import type { FakeGpuFinder } from '../../fakes/fake-gpu-finder.js';
import { rejection } from '../../rejection.js';
import { until } from '../../until.js';
import { GpuMachine, gpuMachines } from './gpu-machine.js';

const STRANGER = [{ pid: 4711, memoryMiB: 900 }];

describe('a GPU in trouble is given', () => {
  const machines = gpuMachines();
  const { started } = machines;
  let machine: GpuMachine;
  const on = (...asked: Parameters<typeof machines.on>): GpuMachine => (machine = machines.on(...asked));

  for (const [what, trouble] of [
    ['vanishes', (finder: FakeGpuFinder) => (finder.resources = finder.resources.slice(1))],
    [
      'falls off the bus',
      (finder: FakeGpuFinder) => {
        finder.change('local/GPU-1', { fault: 'it has fallen off the bus' });
      },
    ],
    [
      'reports memory errors that cannot be corrected',
      (finder: FakeGpuFinder) => {
        finder.change('local/GPU-1', { eccErrors: 2 });
      },
    ],
  ] as const) {
    it(`no more when it ${what}: its job hears of it, it is out of service with a reason, and it returns`, async () => {
      const { finder, clock } = on(2);
      const whole = finder.resources;
      const lost = rejection(machine.beam('a'));
      await started('a on GPU-1');
      trouble(finder);
      await clock.advance(20_000);
      expect(await lost).to.include({ code: 'gpu.lost', severity: 'transient' });
      expect(machine.gpu('GPU-1')?.outOfService).to.be.a('string');
      machine.end('a');
      const second = machine.beam('b');
      await started('a on GPU-1', 'b on GPU-2');
      finder.resources = whole;
      await clock.advance(10_000);
      expect(machine.gpu('GPU-1')?.outOfService).to.equal(null);
      const third = machine.beam('c');
      await started('a on GPU-1', 'b on GPU-2', 'c on GPU-1');
      machine.end('b');
      machine.end('c');
      await clock.advance(500);
      await Promise.all([second, third]);
    });
  }

  it('not taken away because one look missed it', async () => {
    const { finder, clock } = on(2);
    const whole = finder.resources;
    const done = machine.beam('a');
    await started('a on GPU-1');
    finder.resources = whole.slice(1);
    await clock.advance(5_000);
    finder.resources = whole;
    await clock.advance(20_000);
    expect(machine.gpu('GPU-1')?.outOfService).to.equal(null);
    machine.end('a');
    await done;
  });

  it('to the CPU never again once there were GPUs', async () => {
    const { finder, clock, slots } = on(1);
    await slots.open();
    finder.resources = [aResource({ id: 'local/cpu-0', kind: 'cpu', uuid: null, processes: null })];
    await clock.advance(130_000);
    void machine.beam('a');
    await until('it waits', () => slots.whyWaiting('a'));
    await clock.advance(5_000);
    expect(machine.started).to.deep.equal([]);
    expect(slots.whyWaiting('a')).to.contain('GPU-1 (it has vanished');
  });
});

describe('looks at the GPUs', () => {
  it('are one at a time, rare at rest, quicker while jobs run, quick while a beam waits, and shared by who asks', async () => {
    const machine = new GpuMachine(1);
    const { finder, clock } = machine;
    machine.run();
    await machine.slots.open();
    const looksIn = async (ms: number): Promise<number> => {
      const before = finder.looks;
      await clock.advance(ms);
      return finder.looks - before;
    };
    expect(await looksIn(600_000)).to.be.within(9, 11);
    const done = machine.beam('a');
    await until('it runs', () => machine.started.length === 1);
    expect(await looksIn(60_000)).to.be.within(10, 14);
    machine.end('a');
    await done;
    finder.change('local/GPU-1', { processes: STRANGER });
    await clock.advance(15_000);
    void machine.beam('b');
    await until('it waits', () => machine.slots.whyWaiting('b'));
    expect(await looksIn(60_000)).to.be.within(55, 65);
    const before = finder.looks;
    await Promise.all([1, 2, 3].map(() => machine.watch.look(machine.watch.begun)));
    expect(finder.looks - before).to.be.within(1, 2);
    machine.stop();
  });
});
