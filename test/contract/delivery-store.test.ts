import { expect } from 'chai';
import { aCase } from '../builders/a-case.js';
import { aComparison, aDelivery } from '../builders/a-delivery.js';
import { onAllStores } from '../test-databases.js';

describe('delivery store', () => {
  onAllStores((stores) => {
    beforeEach(() => stores().seed({ cases: [aCase({ id: 'c1' }), aCase({ id: 'c2' })] }));

    it('keeps what a machine recorded in order of time, with planned against delivered to the last digit', async () => {
      const comparison = aComparison();
      const first = aDelivery({ folder: 'b', comparison, stamp: 's' });
      const second = aDelivery({
        folder: 'a',
        startedAt: first.startedAt + 1,
        beamNumber: null,
        problem: 'no PlanInfo',
      });
      await stores().deliveries.replace('c1', [second, first]);
      const kept = await stores().deliveries.ofCase('c1');
      const numbers = kept.map(({ id }) => id);
      expect(kept).to.deep.equal([
        { id: numbers[0], ...first },
        { id: numbers[1], ...second },
      ]);
    });

    it('replaced by the same again stays as it is, row by row', async () => {
      const both = [aDelivery(), aDelivery({ folder: 'later', fraction: 2, fractionStatus: 'pending' })];
      await stores().deliveries.replace('c1', both);
      const before = await stores().deliveries.ofCase('c1');
      await stores().deliveries.replace('c1', both);
      expect(await stores().deliveries.ofCase('c1')).to.deep.equal(before);
    });

    it('replaced by others loses what is gone, changes what stays and touches no other case', async () => {
      await stores().deliveries.replace('c2', [aDelivery({ caseId: 'c2' })]);
      await stores().deliveries.replace('c1', [aDelivery({ folder: 'gone' }), aDelivery({ folder: 'stays' })]);
      const stays = aDelivery({ folder: 'stays', fractionStatus: 'partial', comparison: aComparison() });
      await stores().deliveries.replace('c1', [stays, aDelivery({ folder: 'new' })]);
      const kept = await stores().deliveries.ofCase('c1');
      expect(kept.map(({ folder }) => folder)).to.deep.equal(['new', 'stays']);
      expect(kept[1]).to.deep.include(stays);
      expect(await stores().deliveries.ofCase('c2')).to.have.length(1);
    });

    it('is shown with its case', async () => {
      await stores().deliveries.replace('c1', [aDelivery()]);
      expect((await stores().queries.record('c1'))?.deliveries).to.have.length(1);
      expect((await stores().queries.record('c2'))?.deliveries).to.deep.equal([]);
    });
  });
});
