import { expect } from 'chai';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HostGpuFinder, type HostGpuFinderOptions } from '../../../../src/adapters/gpus/host-gpu-finder.js';
import { LocalHost } from '../../../../src/adapters/hosts/local-host.js';
import type { SeenResource } from '../../../../src/domain/resource.js';
import { aGpuLine, aGpuTool } from '../../../builders/a-gpu-tool.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { rejection } from '../../../rejection.js';
import { tempFolder } from '../../../temp-folder.js';
import { until } from '../../../until.js';

describe('finding GPUs by nvidia-smi', () => {
  const folder = tempFolder();
  const clock = new FakeClock();
  const finder = (nvidia: string, more: Partial<HostGpuFinderOptions> = {}): HostGpuFinder => {
    const rocm = join(folder.path, 'no-such-rocm');
    return new HostGpuFinder(new LocalHost(), clock, {
      cpuPlaces: 'auto',
      cores: () => Promise.resolve(5),
      nvidia,
      rocm,
      ...more,
    });
  };
  const tool = (gpus: string, apps?: string): string =>
    aGpuTool(folder.path, { gpus, ...(apps === undefined ? {} : { apps }) });
  const echo = (...lines: readonly string[]): string => lines.map((line) => `echo '${line}'`).join('; ');
  const find = (gpus: string, apps?: string): Promise<readonly SeenResource[]> => finder(tool(gpus, apps)).find();

  it('says of the CPU places of another machine why they are none of GPUs: a tool not in PATH looks the same', async () => {
    const names = async (nvidia: string, isFar: boolean): Promise<readonly string[]> =>
      (await finder(nvidia, { isFar }).find()).map(({ name }) => name);
    const none = join(folder.path, 'no-such-tool');
    expect(await names(none, false)).to.deep.equal(['CPU place 1 of 2', 'CPU place 2 of 2']);
    expect((await names(none, true))[0]).to.equal('CPU place 1 of 2: no nvidia-smi or rocm-smi is found there');
    const empty = tool(echo('No devices were found'));
    expect((await names(empty, true))[0]).to.equal('CPU place 1 of 2: its GPU tool lists no GPU');
  });

  it('gives one place for each GPU, with what it tells of itself and who computes on it', async () => {
    const apps = echo('GPU-1a, 99994711, 2048', 'GPU-1a, 99994712, [N/A]');
    const found = await find(echo(aGpuLine('GPU-1a'), aGpuLine('GPU-2b', { index: '1', ecc: '[N/A]' })), apps);
    expect(found).to.have.length(2);
    expect(found[0]).to.deep.equal({
      id: 'local/GPU-1a',
      host: 'local',
      kind: 'gpu',
      name: 'NVIDIA RTX A5000',
      uuid: 'GPU-1a',
      index: 0,
      driver: '550.54.14',
      memoryTotalMiB: 24564,
      memoryUsedMiB: 310,
      utilisationPercent: 7,
      temperatureC: 41,
      clockMHz: 1410,
      eccErrors: 0,
      processes: [
        { pid: 99994711, memoryMiB: 2048 },
        { pid: 99994712, memoryMiB: null },
      ],
      fault: null,
      seenAt: clock.now(),
    });
    expect(found[1]).to.deep.include({ uuid: 'GPU-2b', index: 1, eccErrors: null, processes: [] });
  });

  it('takes what a GPU does not tell for unknown, never for zero', async () => {
    const [gpu] = await find(echo(aGpuLine('GPU-1', { used: '[N/A]', state: '[Not Supported], N/A, [Unknown]' })));
    expect(gpu).to.include({ memoryUsedMiB: null, utilisationPercent: null, temperatureC: null, clockMHz: null });
  });

  it('does not know who computes where that list fails, is cut short or cannot be read', async () => {
    const one = echo(aGpuLine('GPU-1'));
    for (const apps of ['exit 3', "printf 'GPU-1, 47'", echo('GPU-1, [Insufficient Permissions], 5'), echo('GPU-1')]) {
      expect((await find(one, apps))[0]?.processes, apps).to.equal(null);
    }
    expect((await find(one, echo('No running processes found')))[0]?.processes).to.deep.equal([]);
  });

  const unreadable = async (gpus: string, says: RegExp): Promise<void> => {
    const error = await rejection(find(gpus));
    expect(error).to.include({ code: 'gpu.unreadable', severity: 'transient' });
    expect((error as Error).message).to.match(says);
  };

  it('does not know who computes where a process is on a part of a GPU (MIG), for nothing says of which', async () => {
    const two = echo(aGpuLine('GPU-1a'), aGpuLine('GPU-2b', { index: '1' }));
    const apps = echo('MIG-5c89852c-d268-c3f3-1b07-005d5ae1dc3f, 4711, 2048', 'GPU-2b, 99990012, 10');
    const found = await find(two, apps);
    expect(found.map(({ processes }) => processes)).to.deep.equal([null, [{ pid: 99990012, memoryMiB: 10 }]]);
  });

  it('believes nothing of a list that is garbled, cut short, empty, endless or in another notation', async () => {
    await unreadable("echo 'GPU-1, 0, NVIDIA'", /cannot be read in full/);
    await unreadable(`printf '%s' '${aGpuLine('GPU-1')}'`, /cannot be read in full/);
    await unreadable(echo(aGpuLine('GPU-1'), 'GPU-2, 1, NVIDIA RTX A50'), /cannot be read in full/);
    await unreadable(echo(aGpuLine('GPU-1', { state: '7, 41,5, 1410' })), /cannot be read in full/);
    await unreadable(echo('\u0000\u0001 xyzzy'), /cannot be read in full/);
    await unreadable(':', /listed nothing/);
    await unreadable("yes 'GPU-1, 0'", /no end/);
  });

  it('reports that the tool failed, hangs, or was killed, and never asks it twice at a time', async () => {
    await unreadable(
      `${echo('NVIDIA-SMI has failed because it could not communicate with the driver')}; exit 9`,
      /code 9/,
    );
    await unreadable(`${echo(aGpuLine('GPU-1'))}; exit 3`, /code 3/);
    await unreadable('kill -9 $$', /SIGKILL/);
    const hanging = finder(tool('exec sleep 60'), { limitMs: 60 });
    expect(await rejection(hanging.find()))
      .to.have.property('message')
      .that.matches(/did not answer/);
    await until(
      'the killed call has ended',
      async () => !/hangs/.test(((await rejection(hanging.find())) as Error).message),
    );
  });

  it('waits for a call that cannot be killed before it starts another', async () => {
    let end: () => void = () => undefined;
    let calls = 0;
    class StuckHost extends LocalHost {
      override run(): ReturnType<LocalHost['run']> {
        calls += 1;
        return Promise.resolve({ how: 'too-late', gone: new Promise<void>((resolve) => (end = resolve)) });
      }
    }
    const stuck = new HostGpuFinder(new StuckHost(), clock, { cpuPlaces: 1 });
    expect(await rejection(stuck.find())).to.have.property('message', 'nvidia-smi did not answer within 10 s');
    expect(await rejection(stuck.find()))
      .to.have.property('message')
      .that.contains('an earlier call');
    expect(calls).to.equal(1);
    end();
    await Promise.resolve();
    await rejection(stuck.find());
    expect(calls).to.equal(2);
  });

  it('ends what a hanging tool has started with it', async () => {
    const pids = join(folder.path, 'pids');
    const hanging = tool(`sleep 60 & echo $! > ${pids}; wait`);
    // On a busy machine it may be killed before it has started anything: then once more, with more time.
    for (
      let limitMs = 200;
      limitMs <= 20_000 && !(existsSync(pids) && readFileSync(pids, 'utf8') !== '');
      limitMs *= 3
    ) {
      await rejection(finder(hanging, { limitMs }).find());
    }
    const pid = readFileSync(pids, 'utf8').trim();
    const lives = (): boolean =>
      existsSync(`/proc/${pid}/stat`) && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    await until('its child is gone', () => !lives());
  });

  it('tells a GPU that has fallen off the bus, by the line that names only its bus, and the others as they are', async () => {
    const two = [aGpuLine('GPU-1'), aGpuLine('GPU-2', { index: '1', bus: '00000000:AF:00.0' })];
    const lost =
      'Unable to determine the device handle for GPU 0000:AF:00.0: GPU is lost.  Reboot the system to recover this GPU';
    const path = tool(`if [ -e ${folder.path}/lost ]; then ${echo(two[0]!, lost)}; exit 15; else ${echo(...two)}; fi`);
    const gpus = finder(path);
    expect((await gpus.find()).map(({ fault }) => fault)).to.deep.equal([null, null]);
    writeFileSync(join(folder.path, 'lost'), '');
    const after = await gpus.find();
    expect(after.map(({ uuid, fault }) => [uuid, fault !== null])).to.deep.equal([
      ['GPU-1', false],
      ['GPU-2', true],
    ]);
    expect(after[1]?.fault).to.contain('fallen off the bus');
    expect(after[1]).to.include({ memoryUsedMiB: null, processes: null });
  });

  it('tells a GPU that gives errors for values', async () => {
    const state = '[GPU requires reset], [GPU requires reset], [GPU requires reset]';
    expect((await find(echo(aGpuLine('GPU-1', { state }))))[0]?.fault).to.contain('needs a reset');
    expect((await find(echo(aGpuLine('GPU-1', { ecc: '[GPU is lost]' }))))[0]?.fault).to.contain('off the bus');
  });

  it('reads its list through warnings beside it, and with English messages whatever the locale', async () => {
    const gpus = `[ "$LC_ALL" = C ] || exit 4; ${echo('WARNING: infoROM is corrupted at gpu 0000:3B:00.0', aGpuLine('GPU-1'))}`;
    expect((await find(gpus)).map(({ uuid }) => uuid)).to.deep.equal(['GPU-1']);
  });

  it('gives one place for each two cores where there is no GPU, at least one, or as many as asked for', async () => {
    const absent = join(folder.path, 'no-such-tool');
    const ids = async (more: Partial<HostGpuFinderOptions>): Promise<string[]> =>
      (await finder(absent, more).find()).map(({ id }) => id);
    expect(await ids({})).to.deep.equal(['local/cpu-0', 'local/cpu-1']);
    expect(await ids({ cores: () => Promise.resolve(1) })).to.deep.equal(['local/cpu-0']);
    expect(await ids({ cpuPlaces: 3 })).to.deep.equal(['local/cpu-0', 'local/cpu-1', 'local/cpu-2']);
    expect((await find("echo 'No devices were found'; exit 6"))[0]).to.include({ kind: 'cpu', uuid: null });
  });

  it('asks the program that the site names, by path, and has no CPU to fall back to where it is missing or lists nothing', async () => {
    const named = finder('not-asked', { tool: tool(echo(aGpuLine('GPU-1'))) });
    expect((await named.find()).map(({ id }) => id)).to.deep.equal(['local/GPU-1']);
    const missing = finder('not-asked', { tool: '/nowhere/nvidia-smi' });
    const failure = await rejection(missing.find());
    expect(failure).to.include({ code: 'gpu.unreadable', message: '/nowhere/nvidia-smi is not there' });
    expect(failure).to.have.property('remedy').that.contains('execution.gpus.tool');
    const empty = finder('not-asked', { tool: tool("echo 'No devices were found'; exit 6") });
    expect(await rejection(empty.find()))
      .to.have.property('message')
      .that.matches(/lists no GPU$/);
  });

  it('does not take GPUs for gone, nor the machine for one without, when the program itself is gone', async () => {
    const path = tool(echo(aGpuLine('GPU-1')));
    const before = finder(path);
    await before.find();
    rmSync(path);
    expect(await rejection(before.find()))
      .to.have.property('message')
      .that.matches(/is not there any more$/);
  });

  it('asks both questions side by side, so that a slow tool costs one call and not two', async () => {
    const met = join(folder.path, 'met');
    // Each call goes on only when the other has begun: one after the other they would wait for ever.
    const meet = (own: string, other: string): string =>
      `: > ${met}-${own}; while [ -e ${folder.path}/slow ] && [ ! -e ${met}-${other} ]; do sleep 0.01; done`;
    const path = tool(`${meet('g', 'a')}; ${echo(aGpuLine('GPU-1'))}`, meet('a', 'g'));
    const both = finder(path, { limitMs: 5_000 });
    await both.find();
    rmSync(`${met}-g`);
    rmSync(`${met}-a`);
    writeFileSync(join(folder.path, 'slow'), '');
    expect(await both.find()).to.have.length(1);
  });
});
