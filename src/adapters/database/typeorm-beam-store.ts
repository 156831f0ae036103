import { In, IsNull, Not, type EntityManager, type FindManyOptions } from 'typeorm';
import type { Attempt } from '../../domain/case.js';
import type { Beam } from '../../domain/beam.js';
import type { EpochMs } from '../../domain/time.js';
import type { BeamMove, BeamStore } from '../../ports/beam-store.js';
import { applyBegin, applyMove, beamLostRace, placeOf } from './beam-move.js';
import type { Connections } from './connections.js';
import { AttemptSchema } from './schemas/attempt-schema.js';
import { BeamSchema } from './schemas/beam-schema.js';

/** Beams in SQLite or PostgreSQL. */
export class TypeormBeamStore implements BeamStore {
  constructor(private readonly connections: Connections) {}

  ofCase(caseId: string): Promise<readonly Beam[]> {
    return this.connections.read((manager) =>
      manager.find(BeamSchema, { where: { caseId }, order: { beamNumber: 'ASC' } }),
    );
  }

  get(id: string): Promise<Beam | null> {
    return this.connections.read((manager) => manager.findOneBy(BeamSchema, { id }));
  }

  submitted(): Promise<readonly Beam[]> {
    return this.connections.read((manager) =>
      manager.find(BeamSchema, { where: { state: 'submitted' }, order: { caseId: 'ASC', beamNumber: 'ASC' } }),
    );
  }

  finishedLately(limit: number): Promise<readonly Beam[]> {
    return this.connections.read((manager) => manager.find(BeamSchema, newestFinished(limit)));
  }

  leftOver(): Promise<readonly Beam[]> {
    return this.connections.read((manager) =>
      manager
        .createQueryBuilder(BeamSchema, 'beam')
        .where({ state: In(['pending', 'submitted', 'executed']) })
        .andWhere(`"beam"."caseId" IN (SELECT "id" FROM "cases" WHERE "state" = 'cancelled')`)
        .getMany(),
    );
  }

  beginAttempt(beam: Beam, owner: string, at: EpochMs): Promise<Beam> {
    return this.connections.write(async (tx) => {
      const begun = applyBegin(beam);
      const { attempt, job, progress, waitingFor, version } = begun;
      await update(tx, beam, { attempt, job, progress, waitingFor, version });
      // An attempt left open by a service that died between this and the submission of the job.
      if (beam.attempt > 0) await noteOpen(tx, beam, { outcome: 'lost', error: null, finishedAt: at });
      const { caseId, beamNumber } = beam;
      const open = { finishedAt: null, outcome: null, error: null, host: null, resourceId: null };
      await tx.insert(AttemptSchema, { ...open, caseId, step: 'simulate', beamNumber, attempt, owner, startedAt: at });
      return begun;
    });
  }

  move(beam: Beam, move: BeamMove): Promise<Beam> {
    return this.connections.write((tx) => moveBeam(tx, beam, move));
  }

  async noteProgress({ id, attempt }: Beam, percent: number): Promise<void> {
    await this.connections.write((tx) =>
      tx
        .createQueryBuilder()
        .update(BeamSchema)
        .set({ progress: percent })
        .where('"id" = :id AND "attempt" = :attempt AND "progress" < :percent', { id, attempt, percent })
        .execute(),
    );
  }

  async noteWaiting({ id, attempt }: Beam, words: string | null): Promise<void> {
    await this.connections.write((tx) => tx.update(BeamSchema, { id, attempt }, { waitingFor: words }));
  }
}

/** Those with a dose, newest first. */
export const newestFinished = (limit: number): FindManyOptions<Beam> => ({
  where: { state: 'converted', finishedAt: Not(IsNull()) },
  order: { finishedAt: 'DESC', id: 'ASC' },
  take: limit,
});

/** Within the caller's transaction. */
export async function moveBeam(tx: EntityManager, beam: Beam, move: BeamMove): Promise<Beam> {
  const { state, version } = applyMove(beam, move);
  await update(tx, beam, { ...move.change, state, version });
  const moved = await tx.findOneByOrFail(BeamSchema, { id: beam.id });
  const { outcome, failure, at, event } = move;
  if (event === 'submit') await noteOpen(tx, beam, placeOf(moved));
  if (outcome !== undefined) await noteOpen(tx, beam, { outcome, error: failure ?? null, finishedAt: at });
  return moved;
}

/** Only the writer that still sees the present attempt and version wins. */
async function update(tx: EntityManager, { id, attempt, version }: Beam, change: Partial<Beam>): Promise<void> {
  const { affected } = await tx.update(BeamSchema, { id, attempt, version }, change);
  if (affected !== 1) throw beamLostRace(id);
}

/** Of the beam's open attempt. */
async function noteOpen(tx: EntityManager, { caseId, beamNumber }: Beam, change: Partial<Attempt>): Promise<void> {
  await tx.update(AttemptSchema, { caseId, beamNumber, outcome: IsNull() }, change);
}
