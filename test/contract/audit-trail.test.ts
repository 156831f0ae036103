import { expect } from 'chai';
import { AuditAnchors } from '../../src/adapters/database/audit-anchors.js';
import type { Connections } from '../../src/adapters/database/connections.js';
import { TypeormAuditTrail } from '../../src/adapters/database/typeorm-audit-trail.js';
import { FIRST_HASH, type AuditEntry } from '../../src/domain/audit.js';
import type { AuditTrail } from '../../src/ports/audit-trail.js';
import { join } from 'node:path';
import { FakeAuditTrail } from '../fakes/fake-audit-trail.js';
import { FakeClock } from '../fakes/fake-clock.js';
import { FakeLogger } from '../fakes/fake-logger.js';
import { realStores } from '../real-stores.js';
import { rejection } from '../rejection.js';
import { tempFolder } from '../temp-folder.js';
import { onRealDatabases } from '../test-databases.js';

const entry = (change: Partial<AuditEntry> = {}): AuditEntry => ({
  actor: 'web:adam',
  action: 'retry',
  caseId: 'c1',
  result: 'done',
  detail: {},
  ...change,
});

function aTrail(trail: () => AuditTrail): void {
  it('numbers what is written, and binds each row to the one before', async () => {
    const first = await trail().append(entry({ detail: { from: 'simulate', beamNumber: 2 } }));
    const second = await trail().append(entry({ action: 'login', caseId: null }));
    expect(first).to.include({ seq: 1, previousHash: FIRST_HASH, detail: '{"beamNumber":2,"from":"simulate"}' });
    expect(second).to.include({ seq: 2, previousHash: first.hash, caseId: null });
    expect(await trail().list({}, 10)).to.deep.equal([second, first]);
    expect(await trail().verify()).to.deep.equal({ head: { seq: 2, hash: second.hash }, anchors: 2, findings: [] });
  });

  it('is empty and sound at first', async () => {
    expect(await trail().verify()).to.deep.equal({ head: null, anchors: 0, findings: [] });
  });

  it('lists what is asked for, newest first, in pages', async () => {
    for (const caseId of ['c1', 'c2', 'c1', 'c1']) await trail().append(entry({ caseId }));
    await trail().append(entry({ actor: 'cli:root', action: 'cancel' }));
    const seqs = async (...asked: Parameters<AuditTrail['list']>): Promise<number[]> =>
      (await trail().list(...asked)).map(({ seq }) => seq);
    expect(await seqs({ caseId: 'c1' }, 2)).to.deep.equal([5, 4]);
    expect(await seqs({ caseId: 'c1' }, 9, 4)).to.deep.equal([3, 1]);
    expect(await seqs({ actor: 'cli:root' }, 9)).to.deep.equal([5]);
    expect(await seqs({ actions: ['cancel', 'login'] }, 9)).to.deep.equal([5]);
    const [third] = await trail().list({}, 1, 4);
    expect(await seqs({ since: third!.at, caseId: 'c1' }, 9)).to.include(3);
  });

  it('finds by a head noted elsewhere that rows are missing at the end, or are others', async () => {
    const { seq, hash } = await trail().append(entry());
    expect((await trail().verify([{ seq, hash }])).findings).to.deep.equal([]);
    const missing = (await trail().verify([{ seq: 3, hash }])).findings;
    expect(missing).to.deep.equal([{ seq: 2, what: 'rows 2 to 3 are missing at the end: row 3 was noted elsewhere' }]);
    const other = (await trail().verify([{ seq, hash: FIRST_HASH }])).findings;
    expect(other[0]?.what).to.contain('is not the row that was noted elsewhere');
  });
}

describe('audit trail', () => {
  describe('on the fakes', () => {
    let trail: FakeAuditTrail;
    beforeEach(() => {
      trail = new FakeAuditTrail();
    });
    aTrail(() => trail);
  });

  onRealDatabases((stores) => {
    const folder = tempFolder();
    const log = new FakeLogger();
    const on = (connections: Connections): TypeormAuditTrail =>
      new TypeormAuditTrail(connections, anchors(), new FakeClock(), log);
    const anchors = (): AuditAnchors => new AuditAnchors(join(folder.path, 'audit-anchors'));
    const trail = (): TypeormAuditTrail => on(stores().connections);
    aTrail(trail);

    it('stays one chain when several processes write at once', async () => {
      const others = [1, 2].map(() => realStores(stores().connections.options));
      for (const { database } of others) await database.open();
      const trails = [trail(), ...others.map(({ connections }) => on(connections))];
      await Promise.all(
        trails.flatMap((one, i) => Array.from({ length: 30 }, () => one.append(entry({ actor: `cli:${String(i)}` })))),
      );
      for (const { database } of others) await database.close();
      const { head, anchors: met, findings } = await trail().verify();
      expect({ seq: head?.seq, met, findings }).to.deep.equal({ seq: 90, met: 90, findings: [] });
    });

    it('tells the log number and hash of each row', async () => {
      const { hash } = await trail().append(entry());
      expect(log.lines.at(-1)).to.deep.include({ message: 'audit entry written' });
      expect(log.lines.at(-1)?.fields).to.include({ count: 1, hash });
    });

    const sql = (...statements: string[]): Promise<unknown> =>
      stores().connections.write(async (tx) => {
        for (const statement of statements) await tx.query(statement);
      });

    it('refuses that a row is changed or deleted', async () => {
      await trail().append(entry());
      for (const change of [`UPDATE "audit" SET "actor" = 'web:eve'`, 'DELETE FROM "audit"']) {
        expect(await rejection(sql(change))).to.include({ code: 'database.constraint' });
      }
      expect((await trail().verify()).findings).to.deep.equal([]);
    });

    const unguard = (): Promise<unknown> =>
      stores().connections.options.kind === 'postgres'
        ? sql('DROP TRIGGER "audit_guard" ON "audit"')
        : sql('DROP TRIGGER "audit_no_update"', 'DROP TRIGGER "audit_no_delete"');
    const swap = ['UPDATE "audit" SET "seq" = 99 WHERE "seq" = 2', 'UPDATE "audit" SET "seq" = 2 WHERE "seq" = 3'];
    const columns = '"at", "actor", "action", "caseId", "result", "detail", "previousHash", "hash"';
    const tampered: readonly [what: string, statements: readonly string[], found: RegExp][] = [
      ['who did it', [`UPDATE "audit" SET "actor" = 'web:eve' WHERE "seq" = 3`], /3 was changed/],
      ['when', ['UPDATE "audit" SET "at" = "at" + 1 WHERE "seq" = 1'], /1 was changed/],
      ['to which case', ['UPDATE "audit" SET "caseId" = NULL WHERE "seq" = 5'], /5 was changed/],
      ['with what result', [`UPDATE "audit" SET "result" = 'refused' WHERE "seq" = 2`], /2 was changed/],
      ['a fact of it', [`UPDATE "audit" SET "detail" = '{"n":7}' WHERE "seq" = 2`], /2 was changed/],
      ['a hash', [`UPDATE "audit" SET "hash" = '${FIRST_HASH}' WHERE "seq" = 2`], /2 was changed.*3 does not follow/],
      ['a row that was removed', ['DELETE FROM "audit" WHERE "seq" = 3'], /4 row 3 is missing/],
      ['the first row removed', ['DELETE FROM "audit" WHERE "seq" = 1'], /2 row 1 is missing/],
      ['rows in another order', [...swap, 'UPDATE "audit" SET "seq" = 3 WHERE "seq" = 99'], /2 does not follow/],
      [
        'a row put between',
        [
          'UPDATE "audit" SET "seq" = "seq" + 100 WHERE "seq" > 3',
          `INSERT INTO "audit" ("seq", ${columns}) SELECT 4, ${columns} FROM "audit" WHERE "seq" = 3`,
          'UPDATE "audit" SET "seq" = "seq" - 99 WHERE "seq" > 100',
        ],
        /4 does not follow/,
      ],
      [
        'the end cut off',
        ['DELETE FROM "audit" WHERE "seq" > 3'],
        /rows 4 to 5 are missing at the end: row 5 was noted/,
      ],
      ['all of it', ['DELETE FROM "audit"'], /rows 1 to 5 are missing at the end/],
    ];
    for (const [what, statements, found] of tampered) {
      it(`shows, to whoever took its guards away and changed it: ${what}`, async () => {
        for (let n = 1; n <= 5; n += 1) await trail().append(entry({ detail: { n } }));
        await unguard();
        await sql(...statements);
        const { findings } = await trail().verify();
        expect(findings.map(({ seq, what: words }) => `${String(seq)} ${words}`).join('; ')).to.match(found);
      });
    }

    it('shows that the whole chain was calculated anew', async () => {
      for (let n = 1; n <= 3; n += 1) await trail().append(entry({ detail: { n } }));
      await unguard();
      await sql('DELETE FROM "audit"');
      const forger = new TypeormAuditTrail(
        stores().connections,
        new AuditAnchors(join(folder.path, 'elsewhere')),
        new FakeClock(),
        log,
      );
      for (let n = 1; n <= 3; n += 1) await forger.append(entry({ actor: 'web:eve', detail: { n } }));
      expect((await forger.verify()).findings).to.deep.equal([]);
      expect((await trail().verify()).findings).to.have.length(3);
    });
  });
});
