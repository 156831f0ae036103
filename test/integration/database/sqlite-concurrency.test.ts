import { expect } from 'chai';
import { join } from 'node:path';
import sinon from 'sinon';
import type { DatabaseOptions } from '../../../src/adapters/database/database-options.js';
import { CaseSchema } from '../../../src/adapters/database/schemas/case-schema.js';
import { aCase } from '../../builders/a-case.js';
import { realStores, sqliteOptions, type RealStores } from '../../real-stores.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';
import { until } from '../../until.js';

/** Something to wait for that the test lets happen. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return {
    opened,
    open: () => {
      open();
    },
  };
}

describe('SQLite with several writers and readers', () => {
  const folder = tempFolder();
  const opened: RealStores[] = [];

  async function stores(change: Partial<DatabaseOptions> = {}): Promise<RealStores> {
    const made = realStores(sqliteOptions(join(folder.path, 'mqi.sqlite'), change));
    await made.database.open();
    opened.push(made);
    return made;
  }

  afterEach(async () => {
    for (const { database } of opened.splice(0)) await database.close();
  });

  it('spoils no write when another one asked for at the same time fails', async () => {
    const { connections, queries } = await stores();
    const cases = Array.from({ length: 6 }, () => aCase());
    const written = await Promise.allSettled(
      cases.map((kase, i) =>
        connections.write(async (tx) => {
          await tx.insert(CaseSchema, kase);
          if (i === 3) throw new TypeError('a mistake after the write');
        }),
      ),
    );
    expect(written.map(({ status }) => status)).to.deep.equal(
      cases.map((_, i) => (i === 3 ? 'rejected' : 'fulfilled')),
    );
    expect(written[3]).to.have.nested.property('reason.severity', 'bug');
    expect(await queries.count({})).to.equal(5);
    expect((await queries.matching(cases[3]!.id)).length).to.equal(0);
  });

  it('shows lists the last commit while a transaction is open, without waiting for it', async () => {
    const { connections, queries, seed } = await stores();
    await seed({ cases: [aCase()] });
    const inside = gate();
    const goOn = gate();
    const writing = connections.write(async (tx) => {
      await tx.insert(CaseSchema, aCase());
      inside.open();
      await goOn.opened;
    });
    await inside.opened;
    expect(await queries.count({})).to.equal(1);
    goOn.open();
    await writing;
    expect(await queries.count({})).to.equal(2);
  });

  it('never shows a case of one commit with beams of another', async () => {
    const { connections, seed } = await stores();
    await seed({ cases: [aCase({ id: 'c1' })] });
    const seen = await connections.snapshot(async (manager) => {
      const before = await manager.count(CaseSchema);
      await seed({ cases: [aCase()] });
      return [before, await manager.count(CaseSchema)];
    });
    expect(seen).to.deep.equal([1, 1]);
    expect(await connections.read((manager) => manager.count(CaseSchema))).to.equal(2);
  });

  it('waits for the command line to finish its write', async () => {
    const service = await stores();
    const commandLine = await stores();
    const inside = gate();
    const goOn = gate();
    const theirs = commandLine.connections.write(async (tx) => {
      await tx.insert(CaseSchema, aCase());
      inside.open();
      await goOn.opened;
    });
    await inside.opened;
    const ours = service.seed({ cases: [aCase()] });
    goOn.open();
    await Promise.all([theirs, ours]);
    expect(await service.queries.count({})).to.equal(2);
  });

  it('registers cases from the service and the command line at once, each of which looks before it writes', async () => {
    const both = [await stores(), await stores()];
    const drops = Array.from({ length: 60 }, (_, i) => {
      const { id, folder: dropped, fingerprint, createdAt } = aCase();
      const request = { id, inbox: '', folder: dropped, fingerprint, priority: 0, at: createdAt, actor: 'test' };
      return both[i % 2]!.cases.register(request);
    });
    const registered = await Promise.all(drops);
    expect(registered.every(({ created }) => created)).to.equal(true);
    expect(await both[0]!.queries.count({})).to.equal(60);
  });

  it('tries again later when another process keeps the lock for too long', async () => {
    const service = await stores({ connectionTimeoutSeconds: 0.05 });
    const other = await stores();
    const inside = gate();
    const goOn = gate();
    const theirs = other.connections.write(async () => {
      inside.open();
      await goOn.opened;
    });
    await inside.opened;
    const refused = await rejection(service.seed({ cases: [aCase()] }));
    expect(refused).to.include({ code: 'database.busy', severity: 'transient' });
    goOn.open();
    await theirs;
    await service.seed({ cases: [aCase()] });
    expect(await service.queries.count({})).to.equal(1);
  });

  it('hears of commits of another process, and not of its own', async () => {
    const service = await stores();
    const commandLine = await stores();
    const query = sinon.spy(service.connections.writer, 'query');
    const looks = (): number => query.args.filter(([sql]) => sql === 'PRAGMA data_version').length;
    let heard = 0;
    const end = service.database.onForeignCommit(() => {
      heard += 1;
    });
    await until('the watch has looked', () => looks() > 0);
    for (let i = 0; i < 5; i++) await service.seed({ cases: [aCase()] });
    const before = looks();
    await until('the watch has looked again', () => looks() > before + 1);
    expect(heard).to.equal(0);
    await commandLine.seed({ cases: [aCase()] });
    await until('the commit was heard of', () => heard > 0);
    end();
  });

  for (const journalMode of ['DELETE', 'TRUNCATE', 'PERSIST', 'MEMORY', 'WAL', 'OFF'] as const) {
    it(`works in journal mode ${journalMode}`, async () => {
      const { seed, queries, cases, connections } = await stores({ journalMode, synchronous: 'FULL', cacheSize: 400 });
      const kase = aCase();
      await seed({ cases: [kase] });
      const commits = [1, 2, 3].map((priority) => cases.commit(kase, { change: { priority }, at: 5 }));
      const settled = await Promise.allSettled(commits);
      expect(settled.filter(({ status }) => status === 'fulfilled')).to.have.lengthOf(1);
      expect(await queries.record(kase.id)).to.have.nested.property('kase.version', 2);
      const mode: unknown = await connections.writer.query('PRAGMA journal_mode');
      expect(mode).to.deep.equal([{ journal_mode: journalMode.toLowerCase() }]);
      expect(await connections.writer.query('PRAGMA synchronous')).to.deep.equal([{ synchronous: 2 }]);
      expect(await connections.writer.query('PRAGMA cache_size')).to.deep.equal([{ cache_size: 400 }]);
      expect(await connections.writer.query('PRAGMA foreign_keys')).to.deep.equal([{ foreign_keys: 1 }]);
    });
  }
});
