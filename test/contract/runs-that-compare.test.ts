import { expect } from 'chai';
import { aCase } from '../builders/a-case.js';
import { someFigures } from '../builders/a-beam.js';
import { onAllStores } from '../test-databases.js';

describe('case store, of a run for which an earlier one has calculated', () => {
  onAllStores((stores) => {
    it('takes a beam over with the dose that run made: converted, and no attempt of this run', async () => {
      const kase = aCase({ id: 'c2' });
      await stores().seed({ cases: [kase] });
      const made = { startedAt: 1, finishedAt: 2, resultPath: 'work/c1/1/dose/RD.001.dcm', resultSha256: 'abc' };
      await stores().cases.commit(kase, {
        change: { resultsOf: 'c1', calculationKey: 'key' },
        transition: { event: 'advance', to: 'validated', reason: null, actor: 'service' },
        at: 5,
        beams: [{ ...someFigures(), made }, someFigures({ beamNumber: 2 })],
      });
      expect(await stores().cases.get('c2')).to.include({ resultsOf: 'c1', calculationKey: 'key' });
      const [taken, own] = await stores().beams.ofCase('c2');
      expect(taken).to.include({ ...made, state: 'converted', progress: 100, attempt: 0, job: null });
      expect(own).to.include({ state: 'pending', progress: 0, resultPath: null });
    });
  });
});
