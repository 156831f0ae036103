import { expect } from 'chai';
import { DeliverySchema } from '../../../src/adapters/database/schemas/delivery-schema.js';
import { aBeam } from '../../builders/a-beam.js';
import { aCase } from '../../builders/a-case.js';
import { aDelivery } from '../../builders/a-delivery.js';
import { aReceipt } from '../../builders/a-receipt.js';
import { onRealDatabases } from '../../test-databases.js';

const recorded = aDelivery({ beamNumber: null, startedAt: 1_745_456_040_800, fractionStatus: 'pending' });

describe('database schema', () => {
  onRealDatabases((stores) => {
    it('is after the migrations exactly what the entities say', async () => {
      const { upQueries } = await stores().connections.writer.driver.createSchemaBuilder().log();
      expect(upQueries.map(({ query }) => query)).to.deep.equal([]);
    });

    it('lets everything of a case go with it', async () => {
      await stores().seed({ cases: [aCase({ id: 'c1', state: 'interpreted' })], beams: [aBeam()] });
      await stores().beams.beginAttempt(aBeam(), 'service-1', 1);
      await stores().receipts.record(aReceipt());
      const cancel = { event: 'cancel', to: 'cancelled', reason: null, actor: 'service' } as const;
      const kase = await stores().cases.get('c1');
      await stores().cases.commit(kase!, { change: {}, transition: cancel, at: 1 });
      await stores().connections.write((tx) => tx.insert(DeliverySchema, recorded));
      await stores().connections.write((tx) => tx.query(`DELETE FROM "cases"`));
      for (const table of ['beams', 'workflow_steps', 'transitions', 'deliveries', 'receipts']) {
        const rows: unknown = await stores().connections.read((manager) => manager.query(`SELECT * FROM "${table}"`));
        expect(rows, table).to.deep.equal([]);
      }
    });

    it('keeps what the machine recorded, with its time to the millisecond', async () => {
      await stores().seed({ cases: [aCase({ id: 'c1' })] });
      await stores().connections.write((tx) => tx.insert(DeliverySchema, recorded));
      const [kept] = await stores().connections.read((manager) => manager.findBy(DeliverySchema, { caseId: 'c1' }));
      expect(kept).to.include(recorded);
    });
  });
});
