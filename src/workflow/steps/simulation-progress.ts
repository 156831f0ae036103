import type { Beam } from '../../domain/beam.js';
import type { Case } from '../../domain/case.js';
import { caseProgress, type CoarsePhaseProgress } from '../../domain/progress.js';
import type { BeamStore } from '../../ports/beam-store.js';
import type { CaseStore } from '../../ports/case-store.js';
import type { Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';

/** A beam's progress is written at most this often: people read it, and each write is a transaction. */
const WRITE_APART_MS = 1_000;

/** Progress of the beams of one case while they are calculated, and of the case as their mean. */
export class SimulationProgress {
  readonly #percents: Map<number, number>;
  readonly #waits = new Map<number, string | null>();
  readonly #writtenAtMs = new Map<number, number>();

  constructor(
    private readonly kase: Case,
    beams: readonly Beam[],
    private readonly coarse: CoarsePhaseProgress,
    private readonly stores: { readonly cases: CaseStore; readonly beams: BeamStore },
    private readonly clock: Clock,
    private readonly log: Logger,
  ) {
    this.#percents = new Map(beams.map((beam) => [beam.beamNumber, isDone(beam) ? 100 : 0]));
  }

  /** Notes what a line of output said; written if the last write of this beam is long enough ago. */
  note(beam: Beam, percent: number): void {
    const { beamNumber } = beam;
    if (percent <= (this.#percents.get(beamNumber) ?? 0)) return;
    this.#percents.set(beamNumber, percent);
    const nowMs = this.clock.monotonicMs();
    if (nowMs - (this.#writtenAtMs.get(beamNumber) ?? -Infinity) < WRITE_APART_MS) return;
    this.#writtenAtMs.set(beamNumber, nowMs);
    this.#write(() => this.stores.beams.noteProgress(beam, percent));
    this.#writeCase();
  }

  /** To be told what the beam's job waits for before it begins, in words; null once it runs. Written when it changes. */
  noteWaiting(beam: Beam): (words: string | null) => void {
    return (words) => {
      const before = this.#waits.get(beam.beamNumber) ?? beam.waitingFor;
      this.#waits.set(beam.beamNumber, words);
      if (before !== words) this.#write(() => this.stores.beams.noteWaiting(beam, words));
    };
  }

  /** A new attempt begins: the beam's own progress falls back, the case's does not. */
  restart({ beamNumber }: Beam): void {
    this.#percents.set(beamNumber, 0);
    this.#writtenAtMs.delete(beamNumber);
    this.#waits.delete(beamNumber);
  }

  /** The beam's dose was calculated; its row says so already. */
  done({ beamNumber }: Beam): void {
    this.#percents.set(beamNumber, 100);
    this.#writeCase();
  }

  #writeCase(): void {
    const percent = Math.floor(caseProgress('interpreted', [...this.#percents.values()], this.coarse));
    this.#write(() => this.stores.cases.noteProgress(this.kase.id, percent, this.clock.now()));
  }

  /** Not waited for, and a failure is no failure of the calculation: the next note writes again. */
  #write(note: () => Promise<void>): void {
    note().catch((thrown: unknown) => {
      this.log.warn('progress could not be written', {}, thrown);
    });
  }
}

const isDone = ({ state }: Beam): boolean => state === 'executed' || state === 'converted';
