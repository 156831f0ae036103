import { In, IsNull, type EntityManager } from 'typeorm';
import type { InboxArrival } from '../../domain/arrival.js';
import { folderKey } from '../../domain/case-folder.js';
import type { Beam } from '../../domain/beam.js';
import type { Case } from '../../domain/case.js';
import { ACTIVE_STATES, CASE_STATES, type CaseState } from '../../domain/case-machine.js';
import type { Resource } from '../../domain/resource.js';
import type { CaseFilter, CaseQueries, CaseRecord, CaseRow, TargetRecord, Workload } from '../../ports/case-queries.js';
import type { Connections } from './connections.js';
import { beamsDone } from './beams-done.js';
import { countOf, filteredCases } from './case-filter.js';
import { AttemptSchema } from './schemas/attempt-schema.js';
import { BeamSchema } from './schemas/beam-schema.js';
import { CaseSchema } from './schemas/case-schema.js';
import { IntakeFolderSchema } from './schemas/intake-folder-schema.js';
import { ReceiptSchema } from './schemas/receipt-schema.js';
import { ResourceSchema } from './schemas/resource-schema.js';
import { TransitionSchema } from './schemas/transition-schema.js';
import { targetRecords } from './target-records.js';
import { newestFinished } from './typeorm-beam-store.js';
import { deliveriesOf } from './typeorm-delivery-store.js';

/** An ambiguous start is answered with at most this many cases. */
const MOST_MATCHES = 100;
/** Finished beams by which others are foreseen. */
const HISTORY = 100;

/** Lists and pages over what is committed. */
export class TypeormCaseQueries implements CaseQueries {
  constructor(private readonly connections: Connections) {}

  list(filter: CaseFilter): Promise<readonly CaseRow[]> {
    return this.connections.snapshot(async (manager) => {
      const query = filteredCases(manager, filter, this.connections.options.kind).orderBy({
        'kase.createdAt': 'DESC',
        'kase.id': 'DESC',
      });
      if (filter.limit !== undefined) query.limit(filter.limit);
      if (filter.offset !== undefined) query.offset(filter.offset);
      const cases = await query.getMany();
      const done = await beamsDone(manager, cases);
      return cases.map((kase) => ({ kase, beamsDone: done.get(kase.id) ?? 0 }));
    });
  }

  count(filter: CaseFilter): Promise<number> {
    return this.connections.read((manager) => countOf(filteredCases(manager, filter, this.connections.options.kind)));
  }

  record(id: string): Promise<CaseRecord | null> {
    return this.connections.snapshot(async (manager) => {
      const kase = await manager.findOneBy(CaseSchema, { id });
      if (kase === null) return null;
      const where = { caseId: id };
      const ofResults = { caseId: kase.resultsOf ?? id };
      const beams = await manager.find(BeamSchema, { where, order: { beamNumber: 'ASC' } });
      return {
        kase,
        beamsDone: beams.filter(({ state }) => state === 'converted').length,
        beams,
        attempts: await manager.find(AttemptSchema, { where, order: { id: 'ASC' } }),
        transitions: await manager.find(TransitionSchema, { where, order: { id: 'ASC' } }),
        receipts: await manager.find(ReceiptSchema, {
          where: ofResults,
          order: { target: 'ASC', sopInstanceUid: 'ASC' },
        }),
        deliveries: await deliveriesOf(manager, id),
      };
    });
  }

  async matching(idOrStart: string): Promise<readonly Case[]> {
    if (idOrStart === '') return [];
    return this.connections.read(async (manager) => {
      const exact = await manager.findOneBy(CaseSchema, { id: idOrStart });
      if (exact !== null) return [exact];
      const ways = [named('folder', idOrStart), named('folderKey', folderKey(idOrStart))];
      const starts = [startingWith('folder', idOrStart), startingWith('folderKey', folderKey(idOrStart))];
      for (const way of [...ways, ...starts]) {
        const found = await way(manager);
        if (found.length > 0) return found;
      }
      return [];
    });
  }

  resources(): Promise<readonly { readonly resource: Resource; readonly beams: readonly Beam[] }[]> {
    return this.connections.read(async (manager) => {
      const rows = await manager
        .createQueryBuilder(ResourceSchema, 'resource')
        .leftJoinAndSelect('resource.beams', 'beam', "beam.state = 'submitted'")
        .orderBy({ 'resource.id': 'ASC', 'beam.id': 'ASC' })
        .getMany();
      return rows.map(({ beams = [], ...resource }) => ({ resource, beams }));
    });
  }

  targets(): Promise<readonly TargetRecord[]> {
    return this.connections.snapshot((manager) => targetRecords(manager));
  }

  workload(): Promise<Workload> {
    return this.connections.snapshot(async (manager) => {
      const cases = await manager.find(CaseSchema, {
        select: { id: true, priority: true, createdAt: true },
        where: { state: In([...ACTIVE_STATES]), heldBecause: IsNull() },
      });
      const byId = new Map(cases.map((kase) => [kase.id, kase]));
      const beams = await manager.find(BeamSchema, {
        where: { state: In(['pending', 'submitted', 'executed']) },
        order: { id: 'ASC' },
      });
      const open = beams.flatMap((beam) => {
        const kase = byId.get(beam.caseId);
        return kase === undefined ? [] : [{ beam, priority: kase.priority, createdAt: kase.createdAt }];
      });
      return { open, finished: await manager.find(BeamSchema, newestFinished(HISTORY)) };
    });
  }

  arriving(): Promise<readonly InboxArrival[]> {
    return this.connections.read((manager) =>
      manager.find(IntakeFolderSchema, {
        select: { inbox: true, folder: true, files: true, bytes: true, lastChangeAt: true },
        where: { isArriving: true },
        order: { inbox: 'ASC', folder: 'ASC' },
      }),
    );
  }

  countByState(): Promise<Readonly<Record<CaseState, number>>> {
    return this.connections.read(async (manager) => {
      const rows = await manager
        .createQueryBuilder(CaseSchema, 'kase')
        .select('kase.state', 'state')
        .addSelect('COUNT(*)', 'cases')
        .groupBy('kase.state')
        .getRawMany<{ readonly state: CaseState; readonly cases: number | string }>();
      const counted = new Map(rows.map(({ state, cases }) => [state, Number(cases)]));
      return Object.fromEntries(CASE_STATES.map((state) => [state, counted.get(state) ?? 0])) as Record<
        CaseState,
        number
      >;
    });
  }
}

type Way = (manager: EntityManager) => Promise<readonly Case[]>;
type NameColumn = 'folder' | 'folderKey';

/** Newest runs of the folders of this name, of every inbox. */
const named =
  (column: NameColumn, name: string): Way =>
  (manager) =>
    newestRuns(manager, `kase.${column} = :name`, { name });

/** Cases whose id starts so, and the newest runs of folders whose name does; newest first. */
const startingWith =
  (column: NameColumn, start: string): Way =>
  (manager) =>
    newestRuns(manager, startsSo(`kase.${column}`), { start }, startsSo('kase.id'));

const startsSo = (column: string): string => `SUBSTR(${column}, 1, LENGTH(:start)) = :start`;

function newestRuns(
  manager: EntityManager,
  which: string,
  parameters: Readonly<Record<string, string>>,
  orAnyRun = 'FALSE',
): Promise<readonly Case[]> {
  const newer = manager
    .createQueryBuilder(CaseSchema, 'later')
    .select('1')
    .where('later.folder = kase.folder AND later.inbox = kase.inbox AND later.run > kase.run');
  return manager
    .createQueryBuilder(CaseSchema, 'kase')
    .where(`(${orAnyRun})`)
    .orWhere(`(${which} AND NOT EXISTS (${newer.getQuery()}))`)
    .setParameters(parameters)
    .orderBy({ 'kase.createdAt': 'DESC', 'kase.id': 'DESC' })
    .limit(MOST_MATCHES)
    .getMany();
}
