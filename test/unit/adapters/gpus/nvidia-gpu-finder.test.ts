import { expect } from 'chai';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NvidiaGpuFinder, type NvidiaGpuFinderOptions } from '../../../../src/adapters/gpus/nvidia-gpu-finder.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { rejection } from '../../../rejection.js';
import { tempFolder } from '../../../temp-folder.js';

describe('finding GPUs', () => {
  const folder = tempFolder();
  const clock = new FakeClock();
  const tool = (script: string): string => {
    const path = join(folder.path, 'nvidia-smi');
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    return path;
  };
  const find = (program: string, more: Partial<NvidiaGpuFinderOptions> = {}): ReturnType<NvidiaGpuFinder['find']> =>
    new NvidiaGpuFinder(clock, { host: 'local', cpuPlaces: 'auto', cores: 5, program, ...more }).find();

  it('gives one place for each GPU, with what it tells of itself', async () => {
    const found = await find(
      tool(`[ "$1 $2" = "--query-gpu=uuid,name,memory.total,memory.used,utilization.gpu,temperature.gpu --format=csv,noheader,nounits" ] || exit 3
echo 'GPU-1a, NVIDIA RTX A5000, 24564, 310, 7, 41'
echo 'GPU-2b, Other, 8192, [N/A], [Not Supported], 38'`),
    );
    expect(found).to.deep.equal([
      {
        id: 'local/GPU-1a',
        host: 'local',
        kind: 'gpu',
        name: 'NVIDIA RTX A5000',
        uuid: 'GPU-1a',
        memoryTotalMiB: 24564,
        memoryUsedMiB: 310,
        utilisationPercent: 7,
        temperatureC: 41,
        seenAt: clock.now(),
      },
      {
        id: 'local/GPU-2b',
        host: 'local',
        kind: 'gpu',
        name: 'Other',
        uuid: 'GPU-2b',
        memoryTotalMiB: 8192,
        memoryUsedMiB: null,
        utilisationPercent: null,
        temperatureC: 38,
        seenAt: clock.now(),
      },
    ]);
  });

  it('gives one place for each two cores where there is no GPU, at least one, or as many as asked for', async () => {
    const absent = join(folder.path, 'no-such-tool');
    const ids = async (more: Partial<NvidiaGpuFinderOptions>): Promise<string[]> =>
      (await find(absent, more)).map(({ id }) => id);
    expect(await ids({})).to.deep.equal(['local/cpu-0', 'local/cpu-1']);
    expect(await ids({ cores: 1 })).to.deep.equal(['local/cpu-0']);
    expect(await ids({ cpuPlaces: 3 })).to.deep.equal(['local/cpu-0', 'local/cpu-1', 'local/cpu-2']);
    expect((await find(tool("echo 'No devices were found'; exit 6")))[0]).to.include({ kind: 'cpu', uuid: null });
  });

  it('asks for a person when the tool fails or does not answer, rather than calculating on the CPU', async () => {
    const failed = { code: 'gpu.unreadable', severity: 'operator' };
    expect(await rejection(find(tool('echo broken; exit 9')))).to.include(failed);
    const silent = await rejection(find(tool('exec sleep 60'), { limitMs: 100 }));
    expect(silent).to.include(failed);
    expect((silent as Error).message).to.contain('did not answer');
  });
});
