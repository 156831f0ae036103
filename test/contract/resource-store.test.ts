import { expect } from 'chai';
import { aBeam } from '../builders/a-beam.js';
import { aCase } from '../builders/a-case.js';
import { aResource } from '../builders/a-resource.js';
import { onAllStores } from '../test-databases.js';

const gpu1 = aResource();
const gpu2 = aResource({ id: 'local/GPU-2', uuid: 'GPU-2', seenAt: 7 });
const remote = aResource({ id: 'far/cpu-0', host: 'far', kind: 'cpu', uuid: null, memoryTotalMiB: null });

describe('resource store', () => {
  onAllStores((stores) => {
    it('takes what a host has, refreshes it, and leaves other hosts alone', async () => {
      await stores().resources.sync('local', [gpu2, gpu1]);
      await stores().resources.sync('far', [remote]);
      const warmer = { ...gpu1, temperatureC: 80, utilisationPercent: 99.5 };
      await stores().resources.sync('local', [warmer]);
      expect(await stores().resources.all()).to.deep.equal([remote, warmer]);
      await stores().resources.sync('local', []);
      expect(await stores().resources.all()).to.deep.equal([remote]);
    });

    it('keeps a vanished GPU while a job is on it, and forgets it in its beams afterwards', async () => {
      await stores().resources.sync('local', [gpu1, gpu2]);
      const running = aBeam({ state: 'submitted', resourceId: gpu1.id });
      const ended = aBeam({ beamNumber: 2, state: 'executed', resourceId: gpu2.id });
      await stores().seed({ cases: [aCase({ id: 'c1' })], beams: [running, ended] });
      await stores().resources.sync('local', []);
      expect((await stores().resources.all()).map(({ id }) => id)).to.deep.equal([gpu1.id]);
      expect(await stores().beams.get(ended.id)).to.include({ resourceId: null });
      await stores().beams.move(running, { event: 'execute', at: 1 });
      await stores().resources.sync('local', []);
      expect(await stores().resources.all()).to.deep.equal([]);
      expect(await stores().beams.get(running.id)).to.include({ resourceId: null, state: 'executed' });
    });

    it('keeps all that is told of a GPU', async () => {
      const told = {
        ...gpu1,
        clockMHz: 1410,
        eccErrors: 2,
        processes: [{ pid: 4711, memoryMiB: null }],
        fault: 'it needs a reset',
        outOfService: 'it needs a reset',
        occupied: 'in use by another program, pid 4711',
      };
      await stores().resources.sync('local', [told]);
      expect(await stores().resources.all()).to.deep.equal([told]);
    });

    const lease = { owner: 'me', beamId: 'c1/1', attempt: 2, since: 99 };

    it('leases all of several GPUs to one attempt of a beam or none, and refreshing leaves leases as they are', async () => {
      await stores().resources.sync('local', [gpu1, gpu2]);
      expect(await stores().resources.lease([gpu1.id, gpu2.id], lease)).to.equal(true);
      const other = { ...lease, owner: 'another service', beamId: 'c2/1' };
      expect(await stores().resources.lease([gpu2.id], other)).to.equal(false);
      expect(await stores().resources.lease([gpu1.id, 'local/GPU-unknown'], lease)).to.equal(false);
      await stores().resources.sync('local', [gpu1, gpu2]);
      expect((await stores().resources.all()).map((row) => row.lease)).to.deep.equal([lease, lease]);
      expect(await stores().resources.lease([gpu2.id], { ...lease, beamId: 'c3/1' })).to.equal(true);
    });

    it('ends a lease only for the beam that has it, and keeps a vanished GPU as long as it is leased', async () => {
      await stores().resources.sync('local', [gpu1, gpu2]);
      await stores().resources.lease([gpu1.id, gpu2.id], lease);
      await stores().resources.release([gpu1.id], 'c2/1');
      await stores().resources.sync('local', []);
      expect((await stores().resources.all()).map(({ id }) => id)).to.deep.equal([gpu1.id, gpu2.id]);
      await stores().resources.release([gpu1.id], 'c1/1');
      expect((await stores().resources.all()).map((row) => row.lease)).to.deep.equal([null, lease]);
      await stores().resources.sync('local', []);
      expect((await stores().resources.all()).map(({ id }) => id)).to.deep.equal([gpu2.id]);
    });

    it('ends the leases of services that are dead, and no others', async () => {
      await stores().resources.sync('local', [gpu1, gpu2]);
      await stores().resources.lease([gpu1.id], lease);
      await stores().resources.lease([gpu2.id], { ...lease, owner: 'dead' });
      await stores().resources.releaseOthers('me');
      expect((await stores().resources.all()).map((row) => row.lease)).to.deep.equal([lease, null]);
    });

    it('gives two services that want one GPU at a time to one of them', async () => {
      await stores().resources.sync('local', [gpu1]);
      const wants = ['a', 'b', 'c'].map((owner) => stores().resources.lease([gpu1.id], { ...lease, owner }));
      expect((await Promise.all(wants)).filter(Boolean)).to.have.length(1);
    });

    it('shows the beams that are on a resource now', async () => {
      await stores().resources.sync('local', [gpu1, gpu2]);
      const running = aBeam({ state: 'submitted', resourceId: gpu2.id });
      const ended = aBeam({ beamNumber: 2, state: 'executed', resourceId: gpu2.id });
      await stores().seed({ cases: [aCase({ id: 'c1' })], beams: [running, ended] });
      expect(await stores().queries.resources()).to.deep.equal([
        { resource: gpu1, beams: [] },
        { resource: gpu2, beams: [running] },
      ]);
    });
  });
});
