import { expect } from 'chai';
import type { SeenResource } from '../../../src/domain/resource.js';
import { transient } from '../../../src/domain/errors.js';
import { until } from '../../until.js';
import { GpuMachine } from './gpu-machine.js';

describe('a GPU goes from one beam to the next', () => {
  let machine: GpuMachine;
  const on = (gpus: number, far = 0): GpuMachine => {
    machine = new GpuMachine(gpus, {}, far);
    machine.run();
    return machine;
  };
  afterEach(() => {
    machine.stop();
  });
  const started = (...expected: readonly string[]): Promise<boolean> =>
    until(`started: ${expected.join()}`, () => machine.started.join() === expected.join());
  const ended = async (...cases: readonly [string, Promise<string>][]): Promise<void> => {
    for (const [name] of cases) machine.end(name);
    await Promise.all(cases.map(([, done]) => done));
  };

  it('by one look, which takes it back and gives it on', async () => {
    const { finder } = on(1);
    const first = machine.beam('a');
    const second = machine.beam('b');
    await started('a on GPU-1');
    const before = finder.looks;
    machine.end('a');
    await started('a on GPU-1', 'b on GPU-1');
    expect(finder.looks - before).to.equal(1);
    await ended(['b', second], ['a', first]);
  });

  it('while another machine does not answer, and that one gives its own when it does', async () => {
    const { finder } = on(1, 1);
    const first = [machine.beam('a'), machine.beam('b')] as const;
    await started('a on GPU-1', 'b on FAR-1');
    const next = [machine.beam('c'), machine.beam('d')] as const;
    const find = finder.find.bind(finder);
    const late: (() => void)[] = [];
    finder.find = async (host): Promise<readonly SeenResource[]> => {
      if (host === 'far') await new Promise<void>((resolve) => late.push(resolve));
      return find(host);
    };
    machine.end('b');
    await until('the far machine is being looked at', () => late.length > 0);
    machine.end('a');
    await started('a on GPU-1', 'b on FAR-1', 'c on GPU-1');
    finder.find = find;
    for (const answer of late) answer();
    await started('a on GPU-1', 'b on FAR-1', 'c on GPU-1', 'd on FAR-1');
    await ended(['c', next[0]], ['d', next[1]], ['a', first[0]], ['b', first[1]]);
  });

  it('while something is left on a GPU of another machine that cannot be killed at once', async () => {
    const { finder, scheduler } = on(1, 1);
    const first = [machine.beam('a'), machine.beam('b')] as const;
    await started('a on GPU-1', 'b on FAR-1');
    const next = machine.beam('c');
    finder.change('far/FAR-1', { processes: [{ pid: 9, memoryMiB: 100 }] });
    let killed: () => void = () => undefined;
    scheduler.kill = () => new Promise<void>((resolve) => (killed = resolve));
    machine.end('b');
    await first[1];
    machine.end('a');
    await started('a on GPU-1', 'b on FAR-1', 'c on GPU-1');
    killed();
    await ended(['c', next], ['a', first[0]]);
  });

  it('with its lease, which names nobody in between but whom it was and whom it is given to', async () => {
    const { resources } = on(1);
    const leases: (string | null)[] = [];
    const note = (): void => {
      leases.push(machine.leases()[0] ?? null);
    };
    for (const method of ['lease', 'release'] as const) {
      const write = resources[method].bind(resources) as (...args: unknown[]) => Promise<never>;
      resources[method] = async (...args: unknown[]) => {
        const done = await write(...args);
        note();
        return done;
      };
    }
    const first = machine.beam('a');
    const second = machine.beam('b');
    await started('a on GPU-1');
    machine.end('a');
    await started('a on GPU-1', 'b on GPU-1');
    expect(leases).to.deep.equal(['a/1', 'b/1']);
    await ended(['b', second], ['a', first]);
    await until('the last lease has ended', () => leases.at(-1) === null);
  });

  it('not before the lease is written, and the lease of the one before ends though that fails', async () => {
    const { resources } = on(1);
    const first = machine.beam('a');
    await started('a on GPU-1');
    const lease = resources.lease.bind(resources);
    resources.lease = () => Promise.reject(transient('database.busy', 'locked'));
    const second = machine.beam('b').catch((error: unknown) => error);
    await ended(['a', first]);
    expect(await second).to.include({ code: 'database.busy' });
    await until('nobody has the lease', () => machine.leases()[0] === null);
    expect(machine.started).to.deep.equal(['a on GPU-1']);
    resources.lease = lease;
    const third = machine.beam('c');
    await started('a on GPU-1', 'c on GPU-1');
    await ended(['c', third]);
  });
});
