import { expect } from 'chai';
import { HostGpuFinder } from '../../../../src/adapters/gpus/host-gpu-finder.js';
import type { CommandEnd } from '../../../../src/ports/host.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { FakeHost } from '../../../fakes/fake-host.js';
import { rejection } from '../../../rejection.js';

const card = (change: Readonly<Record<string, string>> = {}) => ({
  'Card Series': 'AMD Instinct MI210',
  'Unique ID': '0x5e0cab12',
  GUID: '29312',
  'GPU use (%)': '3',
  'Temperature (Sensor edge) (C)': '38.0',
  'VRAM Total Memory (B)': '68702699520',
  'VRAM Total Used Memory (B)': '10960896',
  'sclk clock speed:': '(800Mhz)',
  ...change,
});

describe('finding GPUs by rocm-smi', () => {
  const clock = new FakeClock();
  const said = (stdout: string, code = 0): CommandEnd => ({ how: 'exited', code, stdout, stderr: '' });
  const machine = (gpus: object | string, pids: object | string = ''): FakeHost => {
    const host = new FakeHost();
    const text = (value: object | string): string => (typeof value === 'string' ? value : JSON.stringify(value));
    host.answers = ([program, first]) => {
      if (program !== 'rocm-smi') return { how: 'not-found' };
      return said(text(first === '--showpids' ? pids : gpus));
    };
    return host;
  };
  const find = (host: FakeHost) => new HostGpuFinder(host, clock, { cpuPlaces: 1 }).find();
  const KFD = '/sys/class/kfd/kfd/proc';

  it('gives each GPU by its unique id, with its state and who computes on it', async () => {
    const second = card({ 'Unique ID': 'N/A', GUID: '555', 'VRAM Total Used Memory (B)': '1073741824' });
    const host = machine(
      { card0: card(), card1: second, system: { 'Driver version': '6.7.0' } },
      { system: { PID4711: 'python3, 1, 1073741824, 0, 12' } },
    );
    host.write(`${KFD}/4711/vram_29312`, '0\n');
    host.write(`${KFD}/4711/vram_555`, '1073741824\n');
    const [one, two] = await find(host);
    expect(one).to.deep.equal({
      id: 'local/GPU-000000005e0cab12',
      host: 'local',
      kind: 'gpu',
      name: 'AMD Instinct MI210',
      uuid: 'GPU-000000005e0cab12',
      index: 0,
      driver: '6.7.0',
      memoryTotalMiB: 65520,
      memoryUsedMiB: 10,
      utilisationPercent: 3,
      temperatureC: 38,
      clockMHz: 800,
      eccErrors: null,
      processes: [],
      fault: null,
      seenAt: clock.now(),
    });
    expect(two).to.deep.include({ uuid: 'amd-1', memoryUsedMiB: 1024, processes: [{ pid: 4711, memoryMiB: 1024 }] });
  });

  it('counts a process on every GPU where the kernel does not say on which it is', async () => {
    const host = machine({ card0: card(), card1: card({ GUID: '555' }) }, { system: { PID9: 'x, 1, 5, 0, 0' } });
    expect((await find(host)).map(({ processes }) => processes)).to.deep.equal([
      [{ pid: 9, memoryMiB: null }],
      [{ pid: 9, memoryMiB: null }],
    ]);
  });

  it('does not know who computes where that list cannot be read, and believes nothing of a list that is cut short', async () => {
    expect((await find(machine({ card0: card() }, 'Traceback: {')))[0]?.processes).to.equal(null);
    for (const garbled of ['{"card0": {"GPU use (%)": "3"', '[]', { card0: { 'GPU use (%)': '3' } }]) {
      expect(await rejection(find(machine(garbled)))).to.include({ code: 'gpu.unreadable', severity: 'transient' });
    }
    const failing = machine('');
    failing.answers = ([program]) => (program === 'rocm-smi' ? said('', 2) : { how: 'not-found' });
    expect(await rejection(find(failing))).to.include({ code: 'gpu.unreadable' });
  });

  it('keeps the parts of a partitioned GPU, which all tell one unique id, apart by their numbers', async () => {
    const found = await find(machine({ card0: card(), card1: card({ GUID: '555' }) }));
    expect(found.map(({ uuid }) => uuid)).to.deep.equal(['amd-0', 'amd-1']);
  });

  it('leaves a machine without AMD driver to its processor', async () => {
    expect((await find(machine('')))[0]).to.include({ kind: 'cpu' });
    expect((await find(machine({ system: { 'Driver version': '6.7.0' } })))[0]).to.include({ kind: 'cpu' });
  });
});
