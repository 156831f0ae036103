import { expect } from 'chai';
import { checkEngine, checkPlaces } from '../../../src/cli/doctor/engine-checks.js';
import type { Finding } from '../../../src/cli/doctor/finding.js';
import { farHostLines } from '../../../src/cli/doctor/host-checks.js';
import { placesToTest } from '../../../src/cli/doctor/places-to-test.js';
import { SettingsSchema } from '../../../src/config/settings.js';
import { unseenPlace } from '../../../src/domain/away.js';
import { operator, transient } from '../../../src/domain/errors.js';
import type { FarHostState } from '../../../src/ports/far-hosts.js';
import type { SeenResource } from '../../../src/domain/resource.js';
import type { PlaceToTest } from '../../../src/cli/doctor/places-to-test.js';
import { aResource } from '../../builders/a-resource.js';

describe('mqi doctor on a host reached by SSH', () => {
  const well: FarHostState = {
    missing: [],
    gpuTool: 'nvidia-smi',
    workDir: { path: '/scratch/mqi', isWritable: true, freeBytes: 2 ** 40 },
    aheadMs: 40,
    aheadWithinMs: 60,
  };
  const lines = (state: () => Promise<FarHostState>, keyIsOpen = false): Promise<readonly Finding[]> =>
    farHostLines({ name: 'far', keyIsOpen: () => Promise.resolve(keyIsOpen), state });
  const line = async (change: Partial<FarHostState>, keyIsOpen = false): Promise<Finding | undefined> =>
    (await lines(() => Promise.resolve({ ...well, ...change }), keyIsOpen))[0];

  it('says that all is well, and what is there', async () => {
    expect(await line({})).to.deep.equal({
      name: 'host far',
      result: 'ok',
      message: 'lets us in; /scratch/mqi can be written to, 1024.0 GiB free; nvidia-smi',
      remedy: null,
    });
    expect((await line({ gpuTool: null }))?.message).to.contain('no GPU tool, so CPU places');
  });

  it('says why it cannot be used, with the remedy', async () => {
    const refusal = operator('host.auth', 'host far does not let us in', { remedy: 'check user and keyFile' });
    const [refused] = await lines(() => Promise.reject(refusal));
    expect(refused).to.include({ result: 'fail', message: refusal.message, remedy: 'check user and keyFile' });
    const missing = 'programs that are needed there are not found: setsid, nproc';
    expect(await line({ missing: ['setsid', 'nproc'] })).to.include({ result: 'fail', message: missing });
    const locked = { path: '/scratch/mqi', isWritable: false, freeBytes: 0 };
    const message = 'its work folder /scratch/mqi cannot be written to, 0.0 GiB free';
    expect(await line({ workDir: locked })).to.include({ result: 'fail', message });
  });

  it('warns of a key that others may read, of little space, and of clocks apart', async () => {
    expect((await line({}, true))?.remedy).to.match(/^chmod 600/);
    const narrow = { path: '/scratch/mqi', isWritable: true, freeBytes: 2 ** 30 };
    expect(await line({ workDir: narrow })).to.include({ result: 'warn' });
    expect((await line({ aheadMs: -90_000 }))?.message).to.equal('its clock is 90 s behind ours');
    expect((await line({ aheadMs: 5_500, aheadWithinMs: 600 }))?.result).to.equal('ok');
  });

  it('does not look here for an engine that runs there, or on the nodes of a cluster, alone', async () => {
    const found = async (execution: object): Promise<string> => {
      const engine = { kind: 'command', command: { argv: ['/no/such/engine'] } };
      return (await checkEngine(SettingsSchema.parse({ engine, execution }), '/bin')).result;
    };
    const far = { name: 'far', kind: 'ssh', host: 'far', workDir: '/w' };
    expect(await found({})).to.equal('fail');
    expect(await found({ hosts: [far] })).to.equal('ok');
    expect(await found({ hosts: [far, { name: 'local', kind: 'local' }] })).to.equal('fail');
    expect(await found({ scheduler: 'slurm' })).to.equal('ok');
  });

  it('finds a program that is missing here, by path or by name', async () => {
    const found = (program: string): Promise<Finding> => {
      const engine = { kind: 'command', command: { argv: [program, '{output}'] } };
      return checkEngine(SettingsSchema.parse({ engine }), process.env['PATH'] ?? '');
    };
    expect(await found('no-such-engine')).to.include({
      result: 'fail',
      remedy: 'mend engine.command.argv, or let the user of the service run the program (chmod +x)',
    });
    expect(await found('sh')).to.include({ result: 'ok' });
    expect(await found('/bin/sh')).to.include({ result: 'ok' });
  });

  it('gives remedies that need no case', async () => {
    const refusal = operator('host.auth', 'x', { remedy: 'check user and keyFile, then: mqi resume ID' });
    expect((await lines(() => Promise.reject(refusal)))[0]?.remedy).to.equal('check user and keyFile');
    const [away] = await lines(() => Promise.reject(transient('host.unreachable', 'x')));
    expect(away?.remedy).to.equal('mend the cause, then run mqi doctor again');
    const [unknown] = await lines(() => Promise.reject(new Error('x')));
    expect(unknown?.remedy).to.equal('report this with the log of the service');
  });

  it('does not count its places while it is away', async () => {
    const why = 'host far cannot be reached since 2026-11-23T12:00Z';
    const finder = { hosts: ['local'], find: () => Promise.resolve([unseenPlace('far', why, 0)]) };
    const found = await checkPlaces(finder, SettingsSchema.parse({}));
    expect(found).to.include({ result: 'fail', message: `none can be seen: ${why}` });
    expect(placesToTest(await finder.find(), SettingsSchema.parse({}))).to.deep.equal([]);
  });

  it('says of a host that gives its jobs to Slurm that Slurm sees to the GPUs, not that there are none', async () => {
    const place = (n: number): SeenResource =>
      aResource({ id: `local/slurm-${String(n)}`, host: 'local', kind: 'cpu', uuid: null });
    const finder = { hosts: ['local'], find: () => Promise.resolve([place(0), place(1)]) };
    const found = await checkPlaces(finder, SettingsSchema.parse({ execution: { scheduler: 'slurm' } }));
    expect(found).to.include({ result: 'ok', message: 'those that Slurm gives its jobs, 2 jobs at a time' });
  });

  it('warns of a name in execution.gpus that no GPU is called', async () => {
    const gpu = (n: number): SeenResource =>
      aResource({ id: `local/GPU-${String(n)}`, uuid: `GPU-${String(n)}`, index: n });
    const finder = { hosts: ['local'], find: () => Promise.resolve([gpu(0), gpu(1)]) };
    const found = (gpus: object): Promise<Finding> =>
      checkPlaces(finder, SettingsSchema.parse({ execution: { gpus } }));
    expect(await found({ allow: ['0', 'gpu-1'] })).to.include({ result: 'ok' });
    const slip = await found({ allow: ['0', 'GPU-l'] });
    expect(slip).to.include({ result: 'warn', remedy: 'correct allow and deny of execution.gpus' });
    expect(slip.message).to.match(/; execution.gpus names GPU-l, which no GPU is called$/);
    expect((await found({ deny: ['7'] })).message).to.contain('names 7, which no GPU is called');
    expect(await found({ allow: ['GPU-l'] })).to.include({ result: 'fail' });
  });

  describe('runs the test beam where a beam of a case would run', () => {
    const cpu = (host: string): SeenResource => aResource({ id: `${host}/cpu-0`, host, kind: 'cpu', uuid: null });
    const gpu = (n: number, change: Partial<SeenResource> = {}): SeenResource =>
      aResource({ id: `local/GPU-${String(n)}`, uuid: `GPU-${String(n)}`, index: n, ...change });
    const test = (seen: readonly SeenResource[], execution: object = {}): readonly PlaceToTest[] =>
      placesToTest(seen, SettingsSchema.parse({ execution }));
    const uuids = (seen: readonly SeenResource[], execution: object = {}): readonly (readonly string[])[] =>
      test(seen, execution).map(({ gpuUuids }) => gpuUuids);

    it('on each host that can be asked; beside GPUs on no CPU, but in the queue of a cluster', () => {
      expect(test([cpu('a'), cpu('b')]).map(({ host }) => host)).to.deep.equal(['a', 'b']);
      expect(test([cpu('far'), gpu(7)])).to.deep.equal([{ host: 'local', gpuUuids: ['GPU-7'], busy: null }]);
      const hosts = [
        { name: 'local', kind: 'local', scheduler: 'direct' },
        { name: 'login', kind: 'local' },
      ];
      const both = { scheduler: 'slurm', hosts };
      expect(test([cpu('login'), gpu(7)], both).map(({ host }) => host)).to.deep.equal(['login', 'local']);
    });

    it('on no GPU that is left to others or out of service', () => {
      expect(uuids([gpu(0), gpu(1)], { gpus: { deny: ['0'] } })).to.deep.equal([['GPU-1']]);
      expect(uuids([gpu(0, { fault: 'it needs a reset' }), gpu(1)])).to.deep.equal([['GPU-1']]);
    });

    it('on as many GPUs as a beam is given, free ones first', () => {
      const busy = gpu(0, { processes: [{ pid: 4711, memoryMiB: 100 }] });
      expect(uuids([busy, gpu(1), gpu(2)], { gpusPerBeam: 2 })).to.deep.equal([['GPU-1', 'GPU-2']]);
      expect(uuids([gpu(1), gpu(2)], { gpusPerBeam: 'all' })).to.deep.equal([['GPU-1', 'GPU-2']]);
      expect(test([busy, gpu(1)], { gpusPerBeam: 2 })[0]?.busy).to.contain('4711');
      expect(test([gpu(1)], { gpusPerBeam: 2 })[0]?.busy).to.match(/^2 GPUs are given to a beam .*, 1 can be used$/);
    });
  });
});
