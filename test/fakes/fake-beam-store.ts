import { applyBegin, applyMove, beamLostRace, placeOf } from '../../src/adapters/database/beam-move.js';
import type { Beam } from '../../src/domain/beam.js';
import type { BeamMove, BeamStore } from '../../src/ports/beam-store.js';
import { answer, FakeTables } from './fake-tables.js';

/** Beams in memory, by the same rules as the database (test/contract/beam-store.test.ts runs against both). */
export class FakeBeamStore implements BeamStore {
  constructor(readonly tables = new FakeTables()) {}

  /** All beams, by case and number, for assertions. */
  get rows(): readonly Beam[] {
    return [...this.tables.beams.values()].sort(
      (a, b) => a.caseId.localeCompare(b.caseId) || a.beamNumber - b.beamNumber,
    );
  }

  ofCase(caseId: string): Promise<readonly Beam[]> {
    return answer(() => this.tables.beamsOf(caseId));
  }

  get(id: string): Promise<Beam | null> {
    return answer(() => this.tables.beams.get(id) ?? null);
  }

  submitted(): Promise<readonly Beam[]> {
    return answer(() => this.rows.filter((beam) => beam.state === 'submitted'));
  }

  finishedLately(limit: number): Promise<readonly Beam[]> {
    return answer(() =>
      this.rows
        .filter((beam) => beam.state === 'converted' && beam.finishedAt !== null)
        .sort((a, b) => (b.finishedAt ?? 0) - (a.finishedAt ?? 0) || (a.id < b.id ? -1 : 1))
        .slice(0, limit),
    );
  }

  beginAttempt(beam: Beam, owner: string, at: number): Promise<Beam> {
    return answer(() => {
      const begun = this.#replace(beam, applyBegin);
      this.#closeOpen(beam, { outcome: 'lost', error: null, finishedAt: at });
      this.tables.attempts.push({
        id: this.tables.nextId(),
        caseId: beam.caseId,
        step: 'simulate',
        beamNumber: beam.beamNumber,
        attempt: begun.attempt,
        owner,
        startedAt: at,
        finishedAt: null,
        outcome: null,
        error: null,
        host: null,
        resourceId: null,
      });
      return begun;
    });
  }

  move(beam: Beam, move: BeamMove): Promise<Beam> {
    return answer(() => this.moveNow(beam, move));
  }

  /** As `move`, at once: within the transaction of another fake. */
  moveNow(beam: Beam, move: BeamMove): Beam {
    const moved = this.#replace(beam, (row) => applyMove(row, move));
    const { outcome, failure, at, event } = move;
    if (event === 'submit') this.#notePlace(moved);
    if (outcome !== undefined) this.#closeOpen(beam, { outcome, error: failure ?? null, finishedAt: at });
    return moved;
  }

  leftOver(): Promise<readonly Beam[]> {
    return answer(() =>
      this.rows.filter(
        ({ caseId, state }) =>
          this.tables.cases.get(caseId)?.state === 'cancelled' && ['pending', 'submitted', 'executed'].includes(state),
      ),
    );
  }

  noteProgress(beam: Beam, percent: number): Promise<void> {
    return answer(() => {
      const row = this.tables.beams.get(beam.id);
      if (row?.attempt !== beam.attempt || row.progress >= percent) return;
      this.tables.beams.set(row.id, { ...row, progress: percent });
    });
  }

  noteWaiting(beam: Beam, words: string | null): Promise<void> {
    return answer(() => {
      const row = this.tables.beams.get(beam.id);
      if (row?.attempt === beam.attempt) this.tables.beams.set(row.id, { ...row, waitingFor: words });
    });
  }

  #replace(beam: Beam, change: (row: Beam) => Beam): Beam {
    const row = this.tables.beams.get(beam.id);
    const next = change({ ...beam, progress: row?.progress ?? 0, waitingFor: row?.waitingFor ?? null });
    if (row?.version !== beam.version || row.attempt !== beam.attempt) throw beamLostRace(beam.id);
    this.tables.beams.set(beam.id, next);
    return next;
  }

  #notePlace(beam: Beam): void {
    const { attempts } = this.tables;
    this.tables.attempts = attempts.map((row) =>
      row.caseId === beam.caseId && row.beamNumber === beam.beamNumber && row.outcome === null
        ? { ...row, ...placeOf(beam) }
        : row,
    );
  }

  #closeOpen(beam: Beam, close: Parameters<FakeTables['closeAttempts']>[1]): void {
    this.tables.closeAttempts((a) => a.caseId === beam.caseId && a.beamNumber === beam.beamNumber, close);
  }
}
