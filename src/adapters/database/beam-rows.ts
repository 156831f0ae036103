import { IsNull, Not, type EntityManager } from 'typeorm';
import type { Beam, ValidatedBeam } from '../../domain/beam.js';
import type { EpochMs } from '../../domain/time.js';
import { newBeam } from './case-commit.js';
import { AttemptSchema } from './schemas/attempt-schema.js';
import { BeamSchema } from './schemas/beam-schema.js';

/** Replaces a case's beams by those just validated, within the caller's transaction. */
export async function replaceBeams(
  tx: EntityManager,
  caseId: string,
  figures: readonly ValidatedBeam[],
  at: EpochMs,
): Promise<void> {
  const former = await tx.findBy(BeamSchema, { caseId });
  const begun = await tx.findBy(AttemptSchema, { caseId, beamNumber: Not(IsNull()) });
  if (begun.length > 0) {
    const open = { caseId, beamNumber: Not(IsNull()), outcome: IsNull() };
    await tx.update(AttemptSchema, open, { outcome: 'lost', finishedAt: at });
  }
  if (former.length > 0) await tx.delete(BeamSchema, { caseId });
  const beams = figures.map((beam): Beam => {
    const numbers = begun.filter(({ beamNumber }) => beamNumber === beam.beamNumber).map(({ attempt }) => attempt);
    const old = former.find(({ beamNumber }) => beamNumber === beam.beamNumber);
    return newBeam(caseId, beam, old, Math.max(0, ...numbers));
  });
  if (beams.length > 0) await tx.insert(BeamSchema, beams);
}
