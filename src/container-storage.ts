import type { ContainerInstance } from 'typedi';
import { buildDataSources } from '../ormconfig.js';
import { AuditAnchors } from './adapters/database/audit-anchors.js';
import { databaseFor } from './adapters/database/database-for.js';
import { InstanceLocks } from './adapters/database/instance-locks.js';
import { PostgresInstanceLock } from './adapters/database/postgres-instance-lock.js';
import { SqliteInstanceLock } from './adapters/database/sqlite-instance-lock.js';
import { TypeormAuditTrail } from './adapters/database/typeorm-audit-trail.js';
import { TypeormAvoidedNodes } from './adapters/database/typeorm-avoided-nodes.js';
import { TypeormBeamStore } from './adapters/database/typeorm-beam-store.js';
import { TypeormCaseHistory } from './adapters/database/typeorm-case-history.js';
import { TypeormCaseLists } from './adapters/database/typeorm-case-lists.js';
import { TypeormCaseQueries } from './adapters/database/typeorm-case-queries.js';
import { TypeormCaseUploadStore } from './adapters/database/typeorm-case-upload-store.js';
import { TypeormCaseStore } from './adapters/database/typeorm-case-store.js';
import { TypeormIntakeMemory } from './adapters/database/typeorm-intake-memory.js';
import { TypeormDeliveryStore } from './adapters/database/typeorm-delivery-store.js';
import { TypeormLegacyCases } from './adapters/database/typeorm-legacy-cases.js';
import { TypeormLooseEnds } from './adapters/database/typeorm-loose-ends.js';
import { TypeormPseudonymStore } from './adapters/database/typeorm-pseudonym-store.js';
import { TypeormReceiptStore } from './adapters/database/typeorm-receipt-store.js';
import { TypeormResourceStore } from './adapters/database/typeorm-resource-store.js';
import { TypeormTargetStore } from './adapters/database/typeorm-target-store.js';
import type { Folders } from './domain/folders.js';
import { AuditTrail } from './ports/audit-trail.js';
import { SqliteLegacyReader } from './adapters/legacy/sqlite-legacy-reader.js';
import { AvoidedNodes } from './ports/avoided-nodes.js';
import { BeamStore } from './ports/beam-store.js';
import { CaseHistory } from './ports/case-history.js';
import { CaseLists } from './ports/case-lists.js';
import { CaseQueries } from './ports/case-queries.js';
import { CaseStore } from './ports/case-store.js';
import { CaseUploadStore } from './ports/case-upload-store.js';
import { Clock } from './ports/clock.js';
import { Database } from './ports/database.js';
import { DeliveryStore } from './ports/delivery-store.js';
import { InstanceLock } from './ports/instance-lock.js';
import { IntakeMemory } from './ports/intake-memory.js';
import { Logger } from './ports/logger.js';
import { LegacyCases, LegacyReader } from './ports/legacy-history.js';
import { LooseEnds } from './ports/loose-ends.js';
import { PseudonymStore } from './ports/pseudonym-store.js';
import { ReceiptStore } from './ports/receipt-store.js';
import { ResourceStore } from './ports/resource-store.js';
import type { Settings } from './ports/settings.js';
import { TargetStore } from './ports/target-store.js';
import { bind } from './container-binding.js';

/** The database: what is kept, asked and locked there. Part of the composition root (container.ts). */
export function bindStorage(container: ContainerInstance, { root, database }: Settings, folders: Folders): void {
  const options = { ...database, url: database.url ?? undefined };
  const { connections, database: opened } = databaseFor(options, buildDataSources(options));
  bind(container, Database, () => opened);
  bind(container, CaseStore, () => new TypeormCaseStore(connections));
  bind(container, BeamStore, () => new TypeormBeamStore(connections));
  bind(container, PseudonymStore, () => new TypeormPseudonymStore(connections));
  bind(container, ReceiptStore, () => new TypeormReceiptStore(connections));
  bind(container, CaseUploadStore, () => new TypeormCaseUploadStore(connections));
  bind(container, TargetStore, () => new TypeormTargetStore(connections));
  bind(container, DeliveryStore, () => new TypeormDeliveryStore(connections));
  bind(container, ResourceStore, () => new TypeormResourceStore(connections));
  bind(container, LegacyCases, () => new TypeormLegacyCases(connections));
  bind(container, LegacyReader, (): LegacyReader => new SqliteLegacyReader());
  bind(container, AvoidedNodes, () => new TypeormAvoidedNodes(connections));
  bind(container, IntakeMemory, () => new TypeormIntakeMemory(connections));
  bind(container, LooseEnds, () => new TypeormLooseEnds(connections));
  bind(container, CaseQueries, () => new TypeormCaseQueries(connections));
  const anchors = new AuditAnchors(folders.auditAnchors());
  bind(container, AuditTrail, (get) => new TypeormAuditTrail(connections, anchors, get(Clock), get(Logger)));
  bind(container, CaseLists, () => new TypeormCaseLists(connections));
  bind(container, CaseHistory, () => new TypeormCaseHistory(connections));
  const databaseLocks: Record<typeof database.kind, () => InstanceLock> = {
    sqlite: () => SqliteInstanceLock.ofDatabase(database.path),
    postgres: () => new PostgresInstanceLock(options),
  };
  bind(
    container,
    InstanceLock,
    () => new InstanceLocks([new SqliteInstanceLock(root), databaseLocks[database.kind]()]),
  );
}
