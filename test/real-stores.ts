import { buildDataSources } from '../ormconfig.js';
import type { Connections } from '../src/adapters/database/connections.js';
import { databaseFor } from '../src/adapters/database/database-for.js';
import type { DatabaseOptions } from '../src/adapters/database/database-options.js';
import { BeamSchema } from '../src/adapters/database/schemas/beam-schema.js';
import { CaseSchema } from '../src/adapters/database/schemas/case-schema.js';
import { TypeormAvoidedNodes } from '../src/adapters/database/typeorm-avoided-nodes.js';
import { TypeormBeamStore } from '../src/adapters/database/typeorm-beam-store.js';
import { TypeormCaseLists } from '../src/adapters/database/typeorm-case-lists.js';
import { TypeormDiskHistory } from '../src/adapters/database/typeorm-disk-history.js';
import { TypeormCaseQueries } from '../src/adapters/database/typeorm-case-queries.js';
import { TypeormCaseStore } from '../src/adapters/database/typeorm-case-store.js';
import { TypeormCaseUploadStore } from '../src/adapters/database/typeorm-case-upload-store.js';
import { TypeormIntakeMemory } from '../src/adapters/database/typeorm-intake-memory.js';
import { TypeormDeliveryStore } from '../src/adapters/database/typeorm-delivery-store.js';
import { TypeormLooseEnds } from '../src/adapters/database/typeorm-loose-ends.js';
import { TypeormPseudonymStore } from '../src/adapters/database/typeorm-pseudonym-store.js';
import { TypeormReceiptStore } from '../src/adapters/database/typeorm-receipt-store.js';
import { TypeormResourceStore } from '../src/adapters/database/typeorm-resource-store.js';
import { TypeormTargetStore } from '../src/adapters/database/typeorm-target-store.js';
import type { Beam } from '../src/domain/beam.js';
import type { Case } from '../src/domain/case.js';
import type { AvoidedNodes } from '../src/ports/avoided-nodes.js';
import type { DiskHistory } from '../src/ports/disk-history.js';
import type { BeamStore } from '../src/ports/beam-store.js';
import type { CaseLists } from '../src/ports/case-lists.js';
import type { CaseQueries } from '../src/ports/case-queries.js';
import type { CaseStore } from '../src/ports/case-store.js';
import type { CaseUploadStore } from '../src/ports/case-upload-store.js';
import type { Database } from '../src/ports/database.js';
import type { IntakeMemory } from '../src/ports/intake-memory.js';
import type { DeliveryStore } from '../src/ports/delivery-store.js';
import type { LooseEnds } from '../src/ports/loose-ends.js';
import type { PseudonymStore } from '../src/ports/pseudonym-store.js';
import type { ReceiptStore } from '../src/ports/receipt-store.js';
import type { ResourceStore } from '../src/ports/resource-store.js';
import type { TargetStore } from '../src/ports/target-store.js';

/** Everything stored in one place, and rows put there as they are. */
export interface Stores {
  readonly cases: CaseStore;
  readonly beams: BeamStore;
  readonly receipts: ReceiptStore;
  readonly uploads: CaseUploadStore;
  readonly targets: TargetStore;
  readonly pseudonyms: PseudonymStore;
  readonly deliveries: DeliveryStore;
  readonly resources: ResourceStore;
  readonly intake: IntakeMemory;
  readonly avoided: AvoidedNodes;
  readonly disks: DiskHistory;
  readonly queries: CaseQueries;
  readonly lists: CaseLists;
  readonly looseEnds: LooseEnds;
  readonly seed: (rows: { readonly cases?: readonly Case[]; readonly beams?: readonly Beam[] }) => Promise<void>;
}

/** The stores of a real database, with the database itself. */
export interface RealStores extends Stores {
  readonly connections: Connections;
  readonly database: Database;
}

export const sqliteOptions = (path: string, change: Partial<DatabaseOptions> = {}): DatabaseOptions => ({
  kind: 'sqlite',
  path,
  connectionTimeoutSeconds: 5,
  journalMode: 'WAL',
  synchronous: 'NORMAL',
  cacheSize: -2000,
  ...change,
});

/** The stores on a database that is not yet opened. */
export function realStores(options: DatabaseOptions): RealStores {
  const { connections, database } = databaseFor(options, buildDataSources(options));
  return {
    cases: new TypeormCaseStore(connections),
    beams: new TypeormBeamStore(connections),
    receipts: new TypeormReceiptStore(connections),
    uploads: new TypeormCaseUploadStore(connections),
    targets: new TypeormTargetStore(connections),
    pseudonyms: new TypeormPseudonymStore(connections),
    deliveries: new TypeormDeliveryStore(connections),
    resources: new TypeormResourceStore(connections),
    intake: new TypeormIntakeMemory(connections),
    avoided: new TypeormAvoidedNodes(connections),
    disks: new TypeormDiskHistory(connections),
    queries: new TypeormCaseQueries(connections),
    lists: new TypeormCaseLists(connections),
    looseEnds: new TypeormLooseEnds(connections),
    connections,
    database,
    seed: ({ cases = [], beams = [] }) =>
      connections.write(async (tx) => {
        for (let i = 0; i < cases.length; i += 500) await tx.insert(CaseSchema, cases.slice(i, i + 500));
        for (let i = 0; i < beams.length; i += 500) await tx.insert(BeamSchema, beams.slice(i, i + 500));
      }),
  };
}
