import { In, IsNull, type EntityManager } from 'typeorm';
import type { Attempt, AttemptOutcome } from '../../domain/case.js';
import type { CaseState } from '../../domain/case-machine.js';
import type { EpochMs } from '../../domain/time.js';
import type { BeamAttempt, LooseEnds, UndeliveredBeam } from '../../ports/loose-ends.js';
import type { Connections } from './connections.js';
import { AttemptSchema } from './schemas/attempt-schema.js';
import { BeamSchema } from './schemas/beam-schema.js';
import { CaseSchema } from './schemas/case-schema.js';
import { ReceiptSchema } from './schemas/receipt-schema.js';

/** How an attempt ends that leaves no result; after any of these its job should be gone. */
export const BAD_ENDS: readonly AttemptOutcome[] = ['retried', 'rejected', 'failed', 'held', 'cancelled', 'lost'];
/** States in which beams may be converted, and their doses are needed still. */
export const DOSES_NEEDED: readonly CaseState[] = ['interpreted', 'simulated', 'assembled'];

/** Loose ends in SQLite or PostgreSQL. */
export class TypeormLooseEnds implements LooseEnds {
  constructor(private readonly connections: Connections) {}

  endedBadly(from: EpochMs, to: EpochMs, limit: number): Promise<readonly BeamAttempt[]> {
    return this.connections.read((manager) =>
      manager
        .createQueryBuilder(AttemptSchema, 'tried')
        .innerJoin('case', 'kase', 'kase.id = tried.caseId')
        .select('tried.id', 'id')
        .addSelect('tried.caseId', 'caseId')
        .addSelect('kase.run', 'run')
        .addSelect('tried.beamNumber', 'beamNumber')
        .addSelect('tried.attempt', 'attempt')
        .where({ outcome: In([...BAD_ENDS]) })
        .andWhere('tried.beamNumber IS NOT NULL AND tried.finishedAt >= :from AND tried.finishedAt <= :to', {
          from,
          to,
        })
        .orderBy('tried.id', 'DESC')
        .limit(limit)
        .getRawMany<BeamAttempt>(),
    );
  }

  async abandoned(limit: number): Promise<readonly Attempt[]> {
    const open = (manager: EntityManager) =>
      manager.createQueryBuilder(AttemptSchema, 'tried').where({ outcome: IsNull() }).orderBy('tried.id').limit(limit);
    return this.connections.read(async (manager) => {
      const ofCases = await open(manager)
        .innerJoin('case', 'kase', 'kase.id = tried.caseId')
        .andWhere('tried.beamNumber IS NULL AND (kase.leaseOwner IS NULL OR kase.leaseOwner <> tried.owner)')
        .getMany();
      const ofBeams = await open(manager)
        .innerJoin('beam', 'beam', 'beam.caseId = tried.caseId AND beam.beamNumber = tried.beamNumber')
        .andWhere('(tried.attempt < beam.attempt OR beam.state IN (:...ended))', {
          ended: ['converted', 'failed', 'cancelled'],
        })
        .getMany();
      return [...ofCases, ...ofBeams];
    });
  }

  async close({ id }: Attempt, at: EpochMs): Promise<boolean> {
    const close = { outcome: 'lost', finishedAt: at } as const;
    return this.connections.write(
      async (tx) => (await tx.update(AttemptSchema, { id, outcome: IsNull() }, close)).affected === 1,
    );
  }

  undelivered(limit: number): Promise<readonly UndeliveredBeam[]> {
    return this.connections.read(async (manager) => {
      const beams = await manager
        .createQueryBuilder(BeamSchema, 'beam')
        .innerJoin('case', 'kase', 'kase.id = beam.caseId')
        .where({ state: 'converted' })
        .andWhere('kase.leaseOwner IS NULL AND kase.resultsOf IS NULL')
        .andWhere('(kase.state IN (:...states) OR (kase.state = :failed AND kase.error LIKE :damaged))', {
          states: DOSES_NEEDED,
          failed: 'failed',
          damaged: '%"code":"dose.damaged"%',
        })
        .andWhere((query) => {
          const sent = query.subQuery().select('1').from(ReceiptSchema, 'sent').where('sent.caseId = kase.id');
          return `NOT EXISTS ${sent.getQuery()}`;
        })
        .orderBy('kase.createdAt')
        .addOrderBy('beam.id')
        .limit(limit)
        .getMany();
      const cases = await manager.findBy(CaseSchema, { id: In([...new Set(beams.map(({ caseId }) => caseId))]) });
      return beams.flatMap((beam) => {
        const kase = cases.find(({ id }) => id === beam.caseId);
        return kase === undefined ? [] : [{ kase, beam }];
      });
    });
  }
}
