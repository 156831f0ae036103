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
