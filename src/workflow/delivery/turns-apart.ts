import { Inject, Service } from 'typedi';
import type { Case } from '../../domain/case.js';
import { toCaseError } from '../../domain/errors.js';
import { CaseStore } from '../../ports/case-store.js';
import type { Logger } from '../../ports/logger.js';

/** What a turn is told that nobody need wait for. */
export interface Apart {
  /** Aborts when the service stops; also with the signal that it was begun under. */
  readonly signal: AbortSignal;
  /** True where nothing more of the case is to be sent: it was held, cancelled, or failed since. */
  readonly held: () => Promise<boolean>;
}

interface Named {
  readonly target: string;
  readonly kase: Pick<Case, 'id'>;
  readonly log: Logger;
  /** Of a case that was completed before; by default false. */
  readonly late?: boolean;
}

/*
 * Turns that go on by themselves, whoever began them: at optional targets, which keep no case from going on, and of cases that are
 * completed. Of one case at one target there is one at a time: who finds one under way leaves it alone. They are kept in memory: one
 * that ends with the process is begun anew, by what the database says is open.
 */
@Service()
export class TurnsApart {
  readonly #underWay = new Map<string, { readonly target: string; readonly caseId: string; readonly late: boolean }>();
  readonly #ending = new AbortController();
  readonly #all = new Set<Promise<unknown>>();
  #onEnded: () => void = () => undefined;

  constructor(@Inject(CaseStore) private readonly cases: CaseStore) {}

  /** Called whenever one has ended. */
  onEnded(heard: () => void): void {
    this.#onEnded = heard;
  }

  get count(): number {
    return this.#underWay.size;
  }

  /** How many of them a step has begun: not those that are late. */
  get begunBySteps(): number {
    return [...this.#underWay.values()].filter(({ late }) => !late).length;
  }

  isUnderWay(target: string, caseId: string): boolean {
    return this.#underWay.has(keyOf(target, caseId));
  }

  /** Cases with one at this target. */
  at(target: string): readonly string[] {
    return [...this.#underWay.values()].filter((turn) => turn.target === target).map(({ caseId }) => caseId);
  }

  /** The caller may wait for the work, or leave it; what it fails with is logged here. None may be under way. */
  begin<T>(
    { target, kase, log, late = false }: Named,
    under: AbortSignal,
    work: (apart: Apart) => Promise<T>,
  ): Promise<T> {
    const key = keyOf(target, kase.id);
    const signal = AbortSignal.any([under, this.#ending.signal]);
    this.#underWay.set(key, { target, caseId: kase.id, late });
    const done = work({ signal, held: () => this.#isStopped(kase.id) }).finally(() => {
      this.#underWay.delete(key);
      this.#all.delete(done);
      this.#onEnded();
    });
    this.#all.add(done);
    done.catch((thrown: unknown) => {
      if (signal.aborted) return;
      const { code, severity } = toCaseError(thrown);
      log.warn('a delivery apart from its case failed and is tried again', { target, code, severity }, thrown);
    });
    return done;
  }

  /** Ends all, and resolves when they have let go. */
  async end(reason: unknown): Promise<void> {
    this.#ending.abort(reason);
    await Promise.allSettled(this.#all);
  }

  async #isStopped(caseId: string): Promise<boolean> {
    const kase = await this.cases.get(caseId);
    return kase === null || kase.heldBecause !== null || !['assembled', 'completed'].includes(kase.state);
  }
}

const keyOf = (target: string, caseId: string): string => `${target} ${caseId}`;
