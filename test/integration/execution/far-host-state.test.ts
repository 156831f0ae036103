import { expect } from 'chai';
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HostGpuFinder } from '../../../src/adapters/gpus/host-gpu-finder.js';
import { SshFarHost } from '../../../src/adapters/hosts/ssh/ssh-far-host.js';
import { DirectScheduler } from '../../../src/adapters/schedulers/direct-scheduler.js';
import { aGpuLine, aGpuTool } from '../../builders/a-gpu-tool.js';
import { farHost } from '../../mounts/far-host.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';

describe('a host reached by SSH, as it is found', () => {
  const folder = tempFolder();
  const far = farHost(folder);
  const { clock } = far;
  const state = (workDir: string): ReturnType<SshFarHost['state']> =>
    new SshFarHost(far.host, clock, { keyFile: null, gpuTool: null, workDir, programs: [] }).state();

  it('has the programs, a clock and a work folder, of which nothing is left behind', async () => {
    const workDir = join(folder.path, 'a work', 'folder');
    const seen = await state(workDir);
    expect(seen).to.deep.include({ missing: [], gpuTool: null });
    expect(seen.workDir).to.include({ path: workDir, isWritable: true });
    expect(seen.workDir?.freeBytes).to.be.greaterThan(2 ** 20);
    expect(Math.abs(seen.aheadMs ?? NaN)).to.be.lessThan(1_000 + seen.aheadWithinMs);
    expect(statSync(workDir).nlink).to.equal(2);
  });

  it('is asked for the programs that jobs are started with', async () => {
    const engine = join(folder.path, 'my engine');
    const programs = ['sh', engine, 'no-such-engine'];
    const asked = (): Promise<readonly string[]> =>
      new SshFarHost(far.host, clock, { keyFile: null, gpuTool: null, workDir: null, programs })
        .state()
        .then(({ missing }) => missing);
    expect(await asked()).to.deep.equal([engine, 'no-such-engine']);
    writeFileSync(engine, '', { mode: 0o755 });
    expect(await asked()).to.deep.equal(['no-such-engine']);
  });

  it('may have a work folder that cannot be written to', async () => {
    writeFileSync(join(folder.path, 'file'), '');
    expect((await state(join(folder.path, 'file', 'work'))).workDir).to.include({ isWritable: false });
  });

  it('may not be there, which is no state of its work folder', async () => {
    await far.server.stop();
    expect(await rejection(state(folder.path))).to.include({ code: 'host.unreachable' });
  });

  it('is told from our side when others may read the key', async () => {
    const { keyFile } = far.server.reach;
    const asked = new SshFarHost(far.host, clock, { keyFile, gpuTool: null, workDir: null, programs: [] });
    expect(await asked.keyIsOpen()).to.equal(false);
    chmodSync(keyFile, 0o644);
    expect(await asked.keyIsOpen()).to.equal(true);
    chmodSync(keyFile, 0o600);
  });

  it('has its GPUs listed by its own nvidia-smi, and a job there sees the one it was given, by UUID', async () => {
    const programs = join(folder.path, 'there');
    mkdirSync(programs);
    const [one, two] = [aGpuLine('GPU-far-1'), aGpuLine('GPU-far-2', { index: '1', bus: '00000000:AF:00.0' })];
    const nvidia = aGpuTool(programs, { gpus: `echo '${one}'; echo '${two}'` });
    const finder = new HostGpuFinder(far.host, clock, { cpuPlaces: 1, nvidia, reach: () => far.host.reach() });
    const places = await finder.find();
    expect(places.map(({ id, processes }) => [id, processes])).to.deep.equal([
      ['far/GPU-far-1', []],
      ['far/GPU-far-2', []],
    ]);
    await far.server.stop();
    far.connectAgain();
    const dead = new HostGpuFinder(far.host, clock, { cpuPlaces: 1, nvidia, reach: () => far.host.reach() });
    expect(await rejection(dead.find()), 'not that its tool fails').to.include({ code: 'host.unreachable' });
    await far.server.start();
    far.connectAgain();
    const scheduler = new DirectScheduler(far.host, clock, { pollMs: 5_000 });
    const job = await scheduler.submit({
      folder: join(folder.path, 'job'),
      argv: ['sh', '-c', 'sleep 300 & echo "$CUDA_VISIBLE_DEVICES"'],
      env: {},
      gpuUuids: ['GPU-far-2'],
    });
    const lines: string[] = [];
    const limits = { timeoutMs: 20_000, stallMs: 20_000 };
    const never = new AbortController().signal;
    await scheduler.wait(job, limits, { onLine: (line) => lines.push(line) }, never);
    expect(lines).to.deep.equal(['GPU-far-2']);
    expect(await scheduler.isRunning(job), 'what it left behind is ended').to.equal(false);
  });

  it('is not asked to start a program whose name would be taken for a variable', async () => {
    const start = { folder: folder.path, argv: ['A=b', 'true'], env: {}, logName: 'engine.log' };
    expect(await rejection(far.host.startDetached(start, () => undefined))).to.include({
      severity: 'operator',
      code: 'engine.bad-program',
    });
  });
});
