import { expect } from 'chai';
import { onRealDatabases } from '../../test-databases.js';

describe('database schema', () => {
  onRealDatabases((stores) => {
    it('is after the migrations exactly what the entities say', async () => {
      const { upQueries } = await stores().connections.writer.driver.createSchemaBuilder().log();
      expect(upQueries.map(({ query }) => query)).to.deep.equal([]);
    });
  });
});
