import { expect } from 'chai';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { realStores, sqliteOptions } from '../../real-stores.js';
import { tempFolder } from '../../temp-folder.js';
import { until } from '../../until.js';

const PROGRAM = fileURLToPath(new URL('./commit-for-ever.js', import.meta.url));

describe('a service killed while it writes', () => {
  const folder = tempFolder();
  let child: ChildProcess | null = null;

  afterEach(() => child?.kill('SIGKILL'));

  it('has lost nothing that it was told was written, and left nothing half', async () => {
    for (let kill = 0; kill < 3; kill++) {
      const path = join(folder.path, `${String(kill)}.sqlite`);
      const writer = spawn(process.execPath, [PROGRAM, path]);
      child = writer;
      let said = '';
      writer.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
      await until('it has written a while', () => said.split('\n').length > 100 + 37 * kill);
      writer.kill('SIGKILL');
      await once(writer, 'close');
      const durable = said.split('\n').slice(0, -1);

      const { database, queries, cases } = realStores(sqliteOptions(path));
      await database.open();
      const rows = await queries.list({});
      expect(rows.map(({ kase }) => kase.id)).to.include.members(durable);
      for (const { kase } of rows) expect(await cases.transitionsOf(kase.id)).to.have.lengthOf(1);
      expect(await database.check()).to.deep.equal([]);
      await database.close();
    }
  });
});
