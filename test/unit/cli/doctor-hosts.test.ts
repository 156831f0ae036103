import { expect } from 'chai';
import { checkPlaces } from '../../../src/cli/doctor/engine-checks.js';
import { placesToTest } from '../../../src/cli/doctor/engine-test.js';
import type { Finding } from '../../../src/cli/doctor/finding.js';
import { farHostLines } from '../../../src/cli/doctor/host-checks.js';
import { SettingsSchema } from '../../../src/config/settings.js';
import { unseenPlace } from '../../../src/domain/away.js';
import { operator } from '../../../src/domain/errors.js';
import type { FarHostState } from '../../../src/ports/far-hosts.js';
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

  it('does not count its places while it is away', async () => {
    const why = 'host far cannot be reached since 2026-11-23T12:00Z';
    const finder = { hosts: ['local'], find: () => Promise.resolve([unseenPlace('far', why, 0)]) };
    const found = await checkPlaces(finder, SettingsSchema.parse({}));
    expect(found).to.include({ result: 'fail', message: `none can be seen: ${why}` });
    expect(placesToTest(await finder.find())).to.deep.equal([]);
  });

  it('runs the test beam on each host that can be asked, on a GPU where it has one', () => {
    const places = [
      aResource({ id: 'local/cpu-0', host: 'local', kind: 'cpu', uuid: null }),
      aResource({ id: 'far/cpu-0', host: 'far', kind: 'cpu', uuid: null }),
      aResource({ id: 'far/GPU-7', host: 'far', uuid: 'GPU-7' }),
    ];
    expect(placesToTest(places).map(({ id }) => id)).to.deep.equal(['local/cpu-0', 'far/GPU-7']);
  });
});
